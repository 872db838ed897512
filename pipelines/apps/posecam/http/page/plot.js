// SPDX-License-Identifier: LGPL-2.1-or-later
// Small plots of the last two minutes.

const LENGTH = 120; // values, one a second

/** A round number that is not below `value`. */
function roundUp(value) {
  return value <= 5 ? Math.ceil(value) : Math.ceil(value / 5) * 5;
}

/** A row of values over time, drawn on a canvas in the canvas' colour. */
export class Plot {
  /**
   * @param canvas whose CSS colour is the line's
   * @param name   for the label
   * @param least  the top of the axis is never below it
   */
  constructor(canvas, name, least) {
    this.canvas = canvas;
    this.name = name;
    this.least = least;
    this.values = [];
  }

  /** Adds the value of this second; null: there is none. */
  add(value) {
    this.values.push(value);
    if (this.values.length > LENGTH) this.values.shift();
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    const known = this.values.filter((value) => value !== null);
    const top = roundUp(Math.max(this.least, ...known));
    const context = canvas.getContext("2d");
    const style = getComputedStyle(canvas);
    context.clearRect(0, 0, width, height);
    this.drawAxis(context, style, top, width, height, ratio);
    this.drawLine(context, style.color, top, width, height, ratio);
    const latest = this.values[this.values.length - 1];
    const words = latest === null || latest === undefined ? "none" : String(Math.round(latest * 10) / 10);
    canvas.setAttribute("aria-label", `${this.name}: ${words}, at most ${top}`);
  }

  drawAxis(context, style, top, width, height, ratio) {
    context.strokeStyle = style.getPropertyValue("--line");
    context.lineWidth = ratio;
    context.beginPath();
    context.moveTo(0, height - ratio / 2);
    context.lineTo(width, height - ratio / 2);
    context.stroke();
    context.fillStyle = style.getPropertyValue("--soft");
    context.font = `${Math.round(10 * ratio)}px system-ui, sans-serif`;
    context.textBaseline = "top";
    context.fillText(String(top), 0, 0);
  }

  drawLine(context, color, top, width, height, ratio) {
    const left = 24 * ratio;
    const step = (width - left) / (LENGTH - 1);
    const start = width - (this.values.length - 1) * step;
    const y = (value) => height - 2 * ratio - (value / top) * (height - 5 * ratio);
    context.strokeStyle = color;
    context.fillStyle = color;
    context.lineWidth = 1.6 * ratio;
    context.lineJoin = "round";
    let run = []; // of known values
    const finish = () => {
      if (run.length > 0) {
        context.globalAlpha = 0.16;
        context.beginPath();
        context.moveTo(run[0][0], height);
        for (const point of run) context.lineTo(...point);
        context.lineTo(run[run.length - 1][0], height);
        context.fill();
        context.globalAlpha = 1;
        context.beginPath();
        for (const point of run) context.lineTo(...point);
        context.stroke();
      }
      run = [];
    };
    this.values.forEach((value, i) => {
      if (value === null) finish();
      else run.push([start + i * step, y(value)]);
    });
    finish();
  }
}
