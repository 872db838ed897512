// SPDX-License-Identifier: LGPL-2.1-or-later
// One camera on the page: its picture with skeletons, its state and its plots.

import { Plot } from "./plot.js";
import { drawPoses } from "./skeleton.js";

const STATES = { live: "live", away: "away", ending: "ended" };

export class CameraView {
  constructor(name) {
    const template = document.getElementById("camera");
    this.element = template.content.firstElementChild.cloneNode(true);
    this.name = name;
    this.canvas = this.part(".picture canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.plots = {
      people: new Plot(this.part(".people-plot"), "People", 1),
      analyses: new Plot(this.part(".rate-plot"), "Analyses a second", 1),
    };
    this.poses = null; // the latest, for the picture of its time stamp
    this.frame = null; // picture and poses that are shown
    this.waiting = null; // those that are to be drawn next
    this.state = null;
    this.canvas.drawn = 0; // for tests and benchmarks, as the next
    this.canvas.pts = null;
    this.part(".name").textContent = name;
    this.element.setAttribute("aria-label", `Camera ${name}`);
    this.canvas.setAttribute("aria-label", `Picture of ${name}`);
    this.setState("away", "waiting for the first picture");
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  part(selector) {
    return this.element.querySelector(selector);
  }

  setState(state, veil = "") {
    this.element.dataset.state = state;
    this.part(".state").textContent = STATES[state] ?? state;
    this.part(".veil").textContent = veil;
  }

  /** @param status of the server's message; null: the connection to the server is lost */
  setStatus(status) {
    if (!status) {
      this.setState("away", "no connection to posecam");
      this.plots.people.add(null);
      this.plots.analyses.add(null);
      return null;
    }
    const veils = {
      live: this.frame ? "" : "waiting for the first picture",
      away: "away, connecting again",
      ending: "ended",
    };
    this.setState(status.state, veils[status.state]);
    const live = status.state === "live";
    this.part(".people").textContent = live ? status.people : "–";
    this.part(".fps").textContent = status.fps.toFixed(1);
    this.part(".analyses").textContent = status.analyses.toFixed(1);
    this.part(".reconnects").textContent = status.reconnects;
    this.canvas.setAttribute("aria-label",
      `Picture of ${this.name}: ${live ? `${status.people} people` : STATES[status.state]}`);
    this.plots.people.add(live ? status.people : null);
    this.plots.analyses.add(live ? status.analyses : null);
    const changed = this.state !== null && this.state !== status.state;
    this.state = status.state;
    return changed ? `${this.name} is ${STATES[status.state]}` : null;
  }

  /**
   * Takes a picture to be drawn next, with the poses of its own time stamp.
   * @param poses of the same time stamp; null: there are none
   */
  show(bitmap, pts, poses, sets) {
    this.waiting?.bitmap.close();
    this.waiting = { bitmap, pts, poses, sets };
  }

  /** Draws the newest picture, once. */
  advance(skeletons) {
    if (!this.waiting) return;
    this.frame?.bitmap.close();
    this.frame = this.waiting;
    this.waiting = null;
    this.draw(skeletons);
    this.canvas.drawn++;
    this.canvas.pts = this.frame.pts;
    if (this.element.dataset.state === "live") this.part(".veil").textContent = "";
  }

  /** Width by height of the picture; null: there is none. */
  get shape() {
    return this.frame && this.frame.bitmap.width / this.frame.bitmap.height;
  }

  draw(skeletons = this.skeletons) {
    this.skeletons = skeletons;
    const { canvas, context, frame } = this;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (width === 0 || height === 0) return;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    context.fillStyle = "#000";
    context.fillRect(0, 0, width, height);
    if (!frame) return;
    const scale = Math.min(width / frame.bitmap.width, height / frame.bitmap.height);
    const area = {
      width: frame.bitmap.width * scale,
      height: frame.bitmap.height * scale,
    };
    area.x = (width - area.width) / 2;
    area.y = (height - area.height) / 2;
    context.imageSmoothingQuality = "medium";
    context.drawImage(frame.bitmap, area.x, area.y, area.width, area.height);
    if (frame.poses && skeletons) drawPoses(context, frame.poses, frame.sets, area);
    canvas.shown = { frame, area }; // for tests
  }
}
