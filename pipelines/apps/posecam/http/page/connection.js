// SPDX-License-Identifier: LGPL-2.1-or-later
// The WebSocket to posecam; docs/page.md describes its messages.

const HEADER = 16; // bytes before the picture
const HAS_POSES = 1;
const LONGEST_WAIT = 10; // seconds

/** Connects, and again for ever. */
export class Connection {
  /**
   * @param handlers functions: open(hello, sets), lost(seconds), status(cameras),
   *                 poses(camera, pts, poses), picture(camera, pts, hasPoses, blob, taken),
   *                 denied(); `taken` is to be called when the picture is done with
   */
  constructor(handlers) {
    this.handlers = handlers;
    this.token = null;
    this.socket = null;
    this.failures = 0;
    this.timer = null;
  }

  async connect() {
    clearTimeout(this.timer);
    this.socket?.close();
    let sets = null;
    try {
      const headers = this.token ? { Authorization: `Bearer ${this.token}` } : {};
      const answer = await fetch("keypoints", { headers });
      if (answer.status === 401) {
        this.handlers.denied();
        return;
      }
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      sets = await answer.json();
    } catch {
      this.retry();
      return;
    }
    this.listen(sets);
  }

  listen(sets) {
    const url = new URL("stream", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    url.search = this.token ? `?token=${encodeURIComponent(this.token)}` : "";
    const socket = new WebSocket(url);
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      if (typeof event.data === "string") this.readText(JSON.parse(event.data), sets);
      else this.readPicture(event.data);
    };
    socket.onclose = () => {
      if (socket === this.socket) this.retry();
    };
  }

  readText(message, sets) {
    if (message.type === "hello") {
      this.failures = 0;
      this.handlers.open(message, sets);
    } else if (message.type === "status") {
      this.handlers.status(message.cameras);
    } else if (message.type === "poses") {
      this.handlers.poses(message.camera, message.pts, message.poses);
    }
  }

  readPicture(data) {
    const view = new DataView(data);
    if (view.byteLength < HEADER || view.getUint8(0) !== 1) return;
    const socket = this.socket;
    const serial = view.getUint32(4);
    this.handlers.picture(
      view.getUint16(2),
      Number(view.getBigUint64(8)), // rounded as the number in the poses is
      (view.getUint8(1) & HAS_POSES) !== 0,
      new Blob([new Uint8Array(data, HEADER)], { type: "image/jpeg" }),
      () => {
        if (socket.readyState === WebSocket.OPEN) socket.send(`ack ${serial}`);
      },
    );
  }

  /** @param cameras indices of those whose pictures are wanted */
  watch(cameras) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(`watch ${cameras.join(",")}`);
  }

  retry() {
    this.socket = null;
    const longest = Math.min(0.5 * 2 ** this.failures, LONGEST_WAIT);
    const wait = longest * (0.75 + 0.5 * Math.random());
    this.failures++;
    this.handlers.lost(wait);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), wait * 1000);
  }
}
