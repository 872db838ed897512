// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/assembler.h"

#include <algorithm>

namespace pose
{

namespace
{

/* A strict order, the same whatever the sorting: of equals the one further left, then higher up. */
bool better(const Instance &a, const Instance &b)
{
  if (a.score != b.score)
    return a.score > b.score;
  return a.box.x != b.box.x ? a.box.x < b.box.x : a.box.y < b.box.y;
}

/* Two drafts are of one person when no part is in both. */
template <typename Draft>
bool disjoint(const Draft &a, const Draft &b)
{
  for (std::size_t part = 0; part < a.peaks.size(); part++)
    if (a.peaks[part] >= 0 && b.peaks[part] >= 0)
      return false;
  return true;
}

} // namespace

int Assembler::find(std::size_t part, int peak) const
{
  for (std::size_t i = 0; i < drafts_.size(); i++)
    if (drafts_[i].alive && drafts_[i].peaks[part] == peak)
      return int(i);
  return -1;
}

int Assembler::start()
{
  Draft draft{};
  draft.peaks.fill(-1);
  draft.alive = true;
  drafts_.push_back(draft);
  return int(drafts_.size()) - 1;
}

void Assembler::join(const Limb &limb, const Connection &connection)
{
  const int a = find(limb.from, connection.from);
  const int b = find(limb.to, connection.to);
  if (a >= 0 && a == b) {
    if (!limb.assembly_only) {
      drafts_[std::size_t(a)].limb_score += connection.score;
      drafts_[std::size_t(a)].limbs++;
    }
    return;
  }
  if (a >= 0 && b >= 0) {
    Draft &into = drafts_[std::size_t(a)];
    Draft &gone = drafts_[std::size_t(b)];
    if (!disjoint(into, gone))
      return;
    for (std::size_t part = 0; part < into.peaks.size(); part++)
      into.peaks[part] = std::max(into.peaks[part], gone.peaks[part]);
    into.limb_score += gone.limb_score + (limb.assembly_only ? 0.f : connection.score);
    into.limbs += gone.limbs + (limb.assembly_only ? 0 : 1);
    gone.alive = false;
    return;
  }
  if (a < 0 && b < 0 && limb.assembly_only)
    return;
  Draft &draft = drafts_[std::size_t(a >= 0 ? a : b >= 0 ? b : start())];
  int &from = draft.peaks[limb.from];
  int &to = draft.peaks[limb.to];
  if ((from >= 0 && from != connection.from) || (to >= 0 && to != connection.to))
    return; // the person has another such part already
  from = connection.from;
  to = connection.to;
  if (!limb.assembly_only) {
    draft.limb_score += connection.score;
    draft.limbs++;
  }
}

void Assembler::assemble(const KeypointSet &set, const std::vector<std::vector<Peak>> &peaks,
    const std::vector<std::vector<Connection>> &connections, const Thresholds &thresholds,
    std::vector<Instance> &people)
{
  drafts_.clear();
  people.clear();
  for (std::size_t limb = 0; limb < set.limbs.size(); limb++)
    for (const Connection &connection : connections[limb])
      join(set.limbs[limb], connection);

  const float whole = float(set.parts.size() + set.limbs.size());
  for (const Draft &draft : drafts_) {
    if (!draft.alive)
      continue;
    Instance person;
    int count = 0;
    float total = draft.limb_score;
    for (std::size_t part = 0; part < set.parts.size(); part++) {
      if (draft.peaks[part] < 0)
        continue;
      const Peak &peak = peaks[part][std::size_t(draft.peaks[part])];
      person.keypoints[part] = Keypoint{peak.position, std::clamp(peak.score, 0.f, 1.f)};
      total += person.keypoints[part]->score;
      count++;
    }
    const float mean = total / float(std::max(1, count));
    if (count < thresholds.min_keypoints || mean < thresholds.min_score)
      continue;
    person.score = std::clamp(total / whole, 0.f, 1.f);
    person.box = box_of(person);
    people.push_back(person);
  }
  std::sort(people.begin(), people.end(), better);
}

Box box_of(const Instance &person)
{
  bool any = false;
  Point low;
  Point high;
  for (const auto &keypoint : person.keypoints) {
    if (!keypoint)
      continue;
    const Point at = keypoint->position;
    low = any ? Point{std::min(low.x, at.x), std::min(low.y, at.y)} : at;
    high = any ? Point{std::max(high.x, at.x), std::max(high.y, at.y)} : at;
    any = true;
  }
  return {low.x, low.y, high.x - low.x, high.y - low.y};
}

void keep_best(std::vector<Instance> &people, int count)
{
  if (count <= 0 || people.size() <= std::size_t(count))
    return;
  std::sort(people.begin(), people.end(), better);
  people.resize(std::size_t(count));
}

} // namespace pose
