// SPDX-License-Identifier: LGPL-2.1-or-later
// Draws the poses of a line of posejson.

/** Keypoints of an array of x, y, confidence; null where one was not found. */
function keypointsOf(numbers, scaleX, scaleY) {
  const points = [];
  for (let i = 0; i + 2 < numbers.length; i += 3) {
    // The centre of the first pixel is 0, 0: half a pixel from the edge of the picture.
    points.push(numbers[i + 2] > 0
      ? { x: (numbers[i] + 0.5) * scaleX, y: (numbers[i + 1] + 0.5) * scaleY }
      : null);
  }
  return points;
}

function drawInstance(context, set, points, width) {
  context.lineWidth = width;
  for (const [from, to] of set.limbs) {
    if (!points[from] || !points[to]) continue;
    context.strokeStyle = set.colors[to];
    context.beginPath();
    context.moveTo(points[from].x, points[from].y);
    context.lineTo(points[to].x, points[to].y);
    context.stroke();
  }
  points.forEach((point, i) => {
    if (!point) return;
    context.fillStyle = set.colors[i];
    context.beginPath();
    context.arc(point.x, point.y, width * 0.9, 0, 2 * Math.PI);
    context.fill();
  });
}

function drawId(context, id, points, unit) {
  const found = points.filter(Boolean);
  if (id < 0 || found.length === 0) return;
  const top = found.reduce((best, point) => (point.y < best.y ? point : best));
  context.font = `600 ${Math.round(unit * 5)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.lineWidth = unit;
  context.strokeStyle = "rgb(0 0 0 / 70%)";
  context.fillStyle = "#fff";
  const y = Math.max(top.y - unit * 3, unit * 5);
  context.strokeText(String(id), top.x, y);
  context.fillText(String(id), top.x, y);
}

function setOfSize(sets, names, count) {
  const name = names.find((candidate) => sets[candidate]?.keypoints.length === count);
  return name && sets[name];
}

/**
 * @param context of a canvas
 * @param poses   an object of posejson
 * @param sets    the keypoint sets, as the server tells them
 * @param area    {x, y, width, height} of the picture in the canvas
 */
export function drawPoses(context, poses, sets, area) {
  const scaleX = area.width / poses.width;
  const scaleY = area.height / poses.height;
  const unit = Math.max(area.width / 220, 2.5);
  context.save();
  context.translate(area.x, area.y);
  context.lineCap = "round";
  context.lineJoin = "round";
  for (const person of poses.people) {
    const parts = [
      [person.pose_keypoints_2d, sets[poses.mode], unit],
      [person.face_keypoints_2d, null, unit / 3],
      [person.hand_left_keypoints_2d, sets.hand, unit / 2],
      [person.hand_right_keypoints_2d, sets.hand, unit / 2],
    ];
    for (const [numbers, known, width] of parts) {
      if (numbers.length === 0) continue;
      const points = keypointsOf(numbers, scaleX, scaleY);
      const set = known ?? setOfSize(sets, ["face", "face-468"], points.length);
      if (set) drawInstance(context, set, points, width);
    }
    drawId(context, person.person_id[0],
      keypointsOf(person.pose_keypoints_2d, scaleX, scaleY), unit);
  }
  context.restore();
}
