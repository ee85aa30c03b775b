// What one does not see: black where nobody has been, dim where nobody is now. Kept as a pixel a cell.

export class Fog {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.text = "";
    this.size = 0;
    this.visible = null;
    this.explored = null;
  }

  /** Takes over what the own team sees; without a team (a viewer) all is seen. */
  update({ size, realms }) {
    const own = realms.filter((realm) => realm.visible);
    const text = own.map((realm) => realm.visible + realm.explored).join();
    if (text === this.text && size === this.size) return;
    [this.text, this.size] = [text, size];
    this.visible = own.length ? merged(own.map((realm) => realm.visible), size) : null;
    this.explored = own.length ? merged(own.map((realm) => realm.explored), size) : null;
    this.paint();
  }

  sees(cell) {
    return !this.visible || this.visible[cell] === 1;
  }

  knows(cell) {
    return !this.explored || this.explored[cell] === 1;
  }

  paint() {
    const { size } = this;
    this.canvas.width = this.canvas.height = size;
    if (!this.visible) return;
    const painter = this.canvas.getContext("2d");
    const pixels = painter.createImageData(size, size);
    for (let cell = 0; cell < size * size; cell += 1) {
      const hidden = this.visible[cell] ? 0 : this.explored[cell] ? 120 : 255;
      pixels.data.set([14, 18, 26, hidden], cell * 4);
    }
    painter.putImageData(pixels, 0, 0);
  }

  /** Over the whole map; smoothed, so that its edge is soft. */
  draw(painter, side) {
    if (!this.visible) return;
    painter.imageSmoothingEnabled = true;
    painter.drawImage(this.canvas, 0, 0, this.size * side, this.size * side);
    painter.imageSmoothingEnabled = false;
  }
}

function merged(texts, size) {
  const cells = new Uint8Array(size * size);
  for (const text of texts) {
    for (let digit = 0; digit < text.length; digit += 1) {
      const bits = Number.parseInt(text[text.length - 1 - digit], 16);
      for (let bit = 0; bit < 4; bit += 1) cells[digit * 4 + bit] |= (bits >> bit) & 1;
    }
  }
  return cells;
}
