// A bare node `ws` server: 20 times a second one message of SIZE bytes to every client; what clients send is counted.
// usage: node ws_server.js SIZE
"use strict";
const { WebSocketServer } = require("ws");

const PERIOD = 50; // ms
const message = Buffer.alloc(Number(process.argv[2]), 0x61);
message.set([0x94, 0x03, 0xce], 0); // [3, tick (uint32), ...]: the beginning of a server bundle

let tick = 0;
let received = 0;
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (data) => {
    received += data.length;
  });
});
server.on("listening", () => console.log(`ready at http://127.0.0.1:${server.address().port}`));

let due = performance.now() + PERIOD;
function step() {
  tick += 1;
  const now = Buffer.from(message); // a new message each tick, as any server makes one
  now.writeUInt32BE(tick, 3);
  for (const socket of server.clients) {
    socket.send(now, { binary: true });
  }
  due = Math.max(due + PERIOD, performance.now());
  setTimeout(step, due - performance.now());
}
setTimeout(step, PERIOD);
