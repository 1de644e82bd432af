// Draws the screen of a devhook that somebody else uses: the owner's size, no input.
//
// It knows what Textual writes: cursor addresses, colours and styles, clearing. Everything else is skipped.
"use strict";

const BASIC = [
  "#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
  "#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff",
];
// Characters that take two cells.
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /\p{M}|[\u200b-\u200f\ufe00-\ufe0f]/u;
const DRAWN = /[\u2500-\u25ff]/;
const PLAIN = { text: " ", look: "" };

class Screen {
  constructor(element) {
    this.element = element;
    this.decoder = new TextDecoder();
    this.rest = "";
    this.resize(80, 24);
  }

  resize(columns, rows) {
    this.columns = columns;
    this.rows = rows;
    this.look = {};
    this.x = this.y = 0;
    this.clear();
    this.element.replaceChildren(...Array.from({ length: rows }, () => document.createElement("div")));
    this.fit();
  }

  clear() {
    this.cells = Array.from({ length: this.rows }, () => Array(this.columns).fill(PLAIN));
    this.changed = new Set(this.cells.keys());
  }

  // As large as the window allows: a monospaced character is about 0.6 em wide.
  fit() {
    const size = Math.min(innerWidth / (this.columns * 0.602), innerHeight / (this.rows * 1.2));
    this.element.style.fontSize = `${Math.max(4, Math.floor(size * 10) / 10)}px`;
  }

  write(bytes) {
    let text = this.rest + this.decoder.decode(bytes, { stream: true });
    this.rest = "";
    let at = 0;
    while (at < text.length) {
      const character = text[at];
      if (character === "\x1b") {
        const used = this.sequence(text.slice(at, at + 4096));
        if (used === 0) {
          this.rest = text.slice(at);
          break;
        }
        at += used;
      } else if (character < " ") {
        if (character === "\r") this.x = 0;
        if (character === "\n") this.y = Math.min(this.rows - 1, this.y + 1);
        at += 1;
      } else {
        const point = String.fromCodePoint(text.codePointAt(at));
        this.put(point);
        at += point.length;
      }
    }
    // Not an animation frame: a page in a background tab gets none, and would keep all lines for later.
    this.drawing ??= setTimeout(() => this.draw(), 16);
  }

  // Returns how many characters the sequence has, 0 where its end is not there yet.
  sequence(text) {
    if (text.length < 2) return 0;
    if (text[1] === "[") {
      const found = /^\x1b\[([0-?]*)([ -/]*)([@-~])/.exec(text);
      if (!found) return text.length < 64 && !text.includes("\x18") ? 0 : 2;
      if (!found[2]) this.control(found[1], found[3]);
      return found[0].length;
    }
    if ("]P_^X".includes(text[1])) {
      const found = /^\x1b[\]P_^X][^\x07\x18\x1b]*(?:\x07|\x1b\\|\x18)/.exec(text);
      return found ? found[0].length : text.length < 4096 ? 0 : 2;
    }
    return 2;
  }

  control(parameters, final) {
    const numbers = parameters.split(";").map((each) => parseInt(each, 10) || 0);
    const many = Math.max(1, numbers[0]);
    if (final === "H" || final === "f") {
      this.y = Math.min(this.rows, Math.max(1, numbers[0])) - 1;
      this.x = Math.max(1, numbers[1] || 1) - 1;
    } else if (final === "m") this.style(parameters ? numbers : [0]);
    else if (final === "A") this.y = Math.max(0, this.y - many);
    else if (final === "B") this.y = Math.min(this.rows - 1, this.y + many);
    else if (final === "C") this.x += many;
    else if (final === "D") this.x = Math.max(0, this.x - many);
    else if (final === "G") this.x = many - 1;
    else if (final === "J" && numbers[0] >= 2) this.clear();
    else if (final === "K") {
      this.cells[this.y].fill(PLAIN, this.x);
      this.changed.add(this.y);
    }
  }

  style(numbers) {
    for (let at = 0; at < numbers.length; at += 1) {
      const number = numbers[at];
      if (number === 0) this.look = {};
      else if (number === 38 || number === 48) {
        const key = number === 38 ? "color" : "background";
        if (numbers[at + 1] === 2) {
          this.look[key] = `rgb(${numbers.slice(at + 2, at + 5).join(",")})`;
          at += 4;
        } else {
          this.look[key] = colour(numbers[at + 2]);
          at += 2;
        }
      } else if (number === 39) delete this.look.color;
      else if (number === 49) delete this.look.background;
      else if (number >= 30 && number <= 37) this.look.color = BASIC[number - 30];
      else if (number >= 90 && number <= 97) this.look.color = BASIC[number - 82];
      else if (number >= 40 && number <= 47) this.look.background = BASIC[number - 40];
      else if (number >= 100 && number <= 107) this.look.background = BASIC[number - 92];
      else if (number === 1) this.look["font-weight"] = "bold";
      else if (number === 2) this.look.opacity = "0.6";
      else if (number === 3) this.look["font-style"] = "italic";
      else if (number === 4) this.look["text-decoration"] = "underline";
      else if (number === 7) this.look.reverse = true;
      else if (number === 9) this.look["text-decoration"] = "line-through";
    }
  }

  css() {
    const look = { ...this.look };
    if (look.reverse) {
      [look.color, look.background] = [look.background || "#0f1419", look.color || "#e6e6e6"];
      delete look.reverse;
    }
    return Object.entries(look).map(([name, value]) => `${name}:${value}`).join(";");
  }

  put(character) {
    const line = this.cells[this.y];
    if (NO_WIDTH.test(character)) {
      const before = line[this.x - 1];
      if (before) line[this.x - 1] = { text: before.text + character, look: before.look };
      return;
    }
    if (this.x >= this.columns) return;
    const look = this.css();
    line[this.x] = { text: character, look };
    this.x += 1;
    if (WIDE.test(character) && this.x < this.columns) {
      line[this.x] = { text: "", look };
      this.x += 1;
    }
    this.changed.add(this.y);
  }

  draw() {
    this.drawing = null;
    for (const row of this.changed) {
      this.element.children[row].replaceChildren(...pieces(this.cells[row]).map(span));
    }
    this.changed.clear();
  }
}

// The cells of a line in pieces of one look. Each kind of line and box is a piece of its own: another font has them, and
// its characters are not quite as wide.
function pieces(cells) {
  const found = [];
  for (const cell of cells) {
    const last = found[found.length - 1];
    const kind = DRAWN.test(cell.text) ? cell.text : "";
    if (last && last.look === cell.look && last.kind === kind) {
      last.text += cell.text;
      last.cells += 1;
    } else found.push({ text: cell.text, look: cell.look, kind, cells: 1 });
  }
  return found;
}

function span(piece) {
  const made = document.createElement("span");
  made.style.cssText = piece.look;
  made.style.width = `${piece.cells}ch`;
  made.textContent = piece.text;
  return made;
}

function colour(number) {
  if (number < 16) return BASIC[number];
  if (number >= 232) return `rgb(${Array(3).fill(8 + (number - 232) * 10).join(",")})`;
  const levels = [0, 95, 135, 175, 215, 255];
  const of = number - 16;
  return `rgb(${levels[Math.floor(of / 36)]},${levels[Math.floor(of / 6) % 6]},${levels[of % 6]})`;
}

const screen = new Screen(document.getElementById("screen"));
const socket = new WebSocket(document.body.dataset.socket);
socket.binaryType = "arraybuffer";
socket.onmessage = (event) => {
  if (typeof event.data === "string") {
    const [kind, value] = JSON.parse(event.data);
    if (kind === "size") screen.resize(value[0], value[1]);
  } else {
    document.body.classList.add("-first-byte");
    screen.write(new Uint8Array(event.data));
  }
};
socket.onclose = () => document.body.classList.add("-closed");
addEventListener("resize", () => screen.fit());
