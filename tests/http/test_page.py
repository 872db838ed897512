# SPDX-License-Identifier: LGPL-2.1-or-later
"""The page of posecam --http in Chromium. With POSE_HTTP_SCREENSHOTS=FOLDER it leaves pictures there."""

from __future__ import annotations

import json
import os
import tempfile
import unittest
from pathlib import Path

from support import Posecam, make_network, wait_for
from webdriver import CHROMIUM, DRIVER, Browser

SCREENSHOTS = os.environ.get("POSE_HTTP_SCREENSHOTS")
TOKEN = "0123456789abcdef-TOKEN"
CAMERAS = ["door=test:ball", "yard=test:ball", "desk=test:ball"]

# Names of cameras, and what each canvas shows.
VIEWS = """
return [...document.querySelectorAll(".camera")].map((camera) => {
  const canvas = camera.querySelector("canvas");
  return {
    name: camera.querySelector(".name").textContent,
    state: camera.querySelector(".state").textContent,
    people: camera.querySelector(".people").textContent,
    shown: camera.getBoundingClientRect().width > 0,
    large: camera.classList.contains("large"),
    focus: camera === document.activeElement,
    drawn: canvas.drawn,
    label: canvas.getAttribute("aria-label"),
  };
});
"""

# The colours around the keypoints of the first person, of the frame that the first canvas shows.
KEYPOINTS = """
const canvas = document.querySelector(".camera canvas");
const { frame, area } = canvas.shown;
const person = frame.poses?.people[0];
if (!person) return null;
const context = canvas.getContext("2d");
const set = frame.sets[frame.poses.mode];
const found = [];
for (let i = 0; i < set.keypoints.length; i++) {
  const [x, y, confidence] = person.pose_keypoints_2d.slice(3 * i, 3 * i + 3);
  if (confidence <= 0) continue;
  const at = [area.x + (x + 0.5) * area.width / frame.poses.width,
              area.y + (y + 0.5) * area.height / frame.poses.height].map(Math.round);
  if (at[0] < 0 || at[1] < 0 || at[0] >= canvas.width || at[1] >= canvas.height) continue;
  const pixel = [...context.getImageData(at[0], at[1], 1, 1).data].slice(0, 3);
  const color = [1, 3, 5].map((start) => parseInt(set.colors[i].slice(start, start + 2), 16));
  found.push({ pixel, color });
}
return { found, pts: frame.pts, posesPts: frame.poses.pts };
"""


def close(pixel: list[int], color: list[int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(pixel, color))


@unittest.skipUnless(CHROMIUM and DRIVER, "chromium and chromium-driver are not installed")
class Page(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        make_network(self.folder)
        self.browser = self.enterContext(Browser(self.folder))
        self.browser.screen(1280, 800)

    def serve(self, *arguments: str, http: str = "0") -> Posecam:
        posecam = Posecam(self.folder, "--pose", "inference=every-frame carry=hold", *arguments, *CAMERAS,
                          http=http)
        self.addCleanup(posecam.__exit__)
        return posecam

    def views(self) -> list[dict]:
        views = self.browser.run(VIEWS)
        assert isinstance(views, list)
        return views

    def screenshot(self, name: str) -> None:
        folder = Path(SCREENSHOTS) if SCREENSHOTS else self.folder
        self.browser.screenshot(folder / name)
        self.assertGreater((folder / name).stat().st_size, 5000)

    def live(self) -> bool:
        views = self.views()
        return len(views) == 3 and all(view["drawn"] > 3 and view["state"] == "live" for view in views)

    def attribute(self, selector: str, expression: str) -> object:
        return self.browser.run(f"return document.querySelector('{selector}').{expression}")

    def test_shows_pictures_with_their_skeletons(self) -> None:
        posecam = self.serve()
        self.browser.go(posecam.url)
        wait_for(self.live, "three live cameras")
        self.assertEqual([view["name"] for view in self.views()], ["door", "yard", "desk"])

        def whole() -> dict | None:
            seen = self.browser.run(KEYPOINTS)
            return seen if isinstance(seen, dict) and len(seen["found"]) >= 5 else None
        seen = wait_for(whole, "a person in the first camera")
        assert isinstance(seen, dict)
        self.assertEqual(seen["pts"], seen["posesPts"])
        # Another keypoint may be on top of one.
        fitting = sum(close(keypoint["pixel"], keypoint["color"]) for keypoint in seen["found"])
        self.assertGreaterEqual(fitting, len(seen["found"]) - 2, seen)

        self.browser.press("s")
        wait_for(lambda: (self.attribute(".camera canvas", "drawn") or 0) and not self.skeleton_seen(),
                 "pictures without skeletons")
        self.browser.press("s")
        wait_for(self.skeleton_seen, "skeletons again")
        self.assertEqual(self.browser.errors(), [])
        wait_for(lambda: "of 3 live" in str(self.attribute("#summary", "textContent")), "a summary")
        self.assertRegex(str(self.views()[0]["label"]), "^Picture of door: [01] people$")
        self.screenshot("light.png")

    def skeleton_seen(self) -> bool:
        seen = self.browser.run(KEYPOINTS)
        return isinstance(seen, dict) and any(close(keypoint["pixel"], keypoint["color"])
                                              for keypoint in seen["found"])

    def test_the_same_frame_for_picture_and_skeleton(self) -> None:
        posecam = self.serve()
        self.browser.go(posecam.url)
        wait_for(self.live, "three live cameras")
        for _ in range(20):
            shown = self.browser.run("""
                return [...document.querySelectorAll(".picture canvas")]
                  .map(({ shown }) => [shown.frame.pts, shown.frame.poses?.pts])""")
            assert isinstance(shown, list)
            for picture, poses in shown:
                self.assertEqual(picture, poses)

    def test_keys(self) -> None:
        posecam = self.serve()
        self.browser.go(posecam.url)
        wait_for(self.live, "three live cameras")

        def focus() -> list[str]:
            return [view["name"] for view in self.views() if view["focus"]]

        def large() -> list[str]:
            return [view["name"] for view in self.views() if view["large"] and view["shown"]]
        self.browser.press("ArrowRight")
        self.assertEqual(focus(), ["door"])
        self.browser.press("ArrowRight")
        self.assertEqual(focus(), ["yard"])
        self.browser.press("Enter")
        self.assertEqual(large(), ["yard"])
        self.assertEqual([view["shown"] for view in self.views()], [False, True, False])
        before = self.views()
        wait_for(lambda: self.views()[1]["drawn"] > before[1]["drawn"] + 10, "the enlarged camera goes on")
        self.assertLess(self.views()[0]["drawn"], before[0]["drawn"] + 6)  # the hidden one does not
        self.screenshot("large.png")
        self.browser.press("ArrowRight")
        self.assertEqual((large(), focus()), (["desk"], ["desk"]))
        self.browser.press("Escape")
        self.assertEqual((large(), focus()), ([], ["desk"]))
        self.browser.press("ArrowLeft")
        self.assertEqual(focus(), ["yard"])
        self.browser.press("?")
        self.assertIs(self.attribute("#help", "open"), True)
        self.browser.press("Escape")
        self.assertIs(self.attribute("#help", "open"), False)
        themes = []
        for _ in range(3):
            self.browser.press("t")
            themes.append(self.attribute("html", "dataset.theme"))
        self.assertEqual(themes, ["light", "dark", "system"])
        wait_for(self.live, "all cameras again")

    def test_light_dark_and_phone(self) -> None:
        posecam = self.serve()
        self.browser.go(posecam.url)
        wait_for(self.live, "three live cameras")
        ground = "return getComputedStyle(document.body).backgroundColor"
        light = self.browser.run(ground)
        self.browser.screen(1280, 800, dark=True)
        self.assertNotEqual(self.browser.run(ground), light)
        self.screenshot("dark.png")
        self.browser.screen(390, 844, mobile=True)
        wait_for(lambda: self.browser.run("return innerWidth") == 390, "a small screen")
        self.assertEqual(self.browser.run("return document.documentElement.scrollWidth"), 390)
        lefts = self.browser.run(
            "return [...document.querySelectorAll('.camera')].map((c) => c.getBoundingClientRect().left)")
        assert isinstance(lefts, list)
        self.assertEqual(len(set(lefts)), 1)  # one below the other
        self.screenshot("phone.png")

    def test_reconnects_by_itself(self) -> None:
        posecam = self.serve()
        self.browser.go(posecam.url)
        wait_for(self.live, "three live cameras")
        posecam.__exit__()
        wait_for(lambda: self.attribute("#link", "dataset.state") == "lost", "the loss shows")
        wait_for(lambda: {view["state"] for view in self.views()} == {"away"}, "no camera looks live")
        before = [view["drawn"] for view in self.views()]
        self.serve(http=str(posecam.port))
        wait_for(lambda: self.attribute("#link", "dataset.state") == "open", "a connection again")
        wait_for(lambda: all(view["drawn"] > old for view, old in zip(self.views(), before)), "pictures again")

    def test_keeps_the_token_of_the_address_and_asks_for_one(self) -> None:
        file = self.folder / "token"
        file.write_text(TOKEN, encoding="utf-8")
        posecam = self.serve("--http-token-file", str(file))
        self.browser.go(posecam.url)
        wait_for(lambda: self.attribute("#login", "open"), "it asks for the token")
        self.browser.run("""
            document.getElementById("token").value = arguments[0];
            document.querySelector("#login-form button").click();""", "wrong")
        wait_for(lambda: "not the right one" in str(self.attribute("#login-text", "textContent")),
                 "it says that the token is wrong")
        self.browser.go(f"{posecam.url}/?token={TOKEN}")
        wait_for(self.live, "three live cameras")
        self.assertEqual(self.browser.run("return location.search"), "")
        self.browser.go(posecam.url)  # kept
        wait_for(self.live, "three live cameras")


if __name__ == "__main__":
    unittest.main()
