// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/assembler.h"

#include <algorithm>

#include "base/person.h"
#include "decode/candidates.h"
#include "decode/paf_layout.h"

namespace pose
{

namespace
{

/* Drafts without a common part can be merged into one person. */
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
    if (!limb.assembly_only)
      drafts_[std::size_t(a)].limb_score += connection.score;
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
    gone.alive = false;
    return;
  }
  if (a < 0 && b < 0 && limb.assembly_only)
    return;
  Draft &draft = drafts_[std::size_t(a >= 0 ? a : b >= 0 ? b : start())];
  int &from = draft.peaks[limb.from];
  int &to = draft.peaks[limb.to];
  if ((from >= 0 && from != connection.from) || (to >= 0 && to != connection.to))
    return; // the person already has another peak for this part
  from = connection.from;
  to = connection.to;
  if (!limb.assembly_only)
    draft.limb_score += connection.score;
}

void Assembler::assemble(const PafLayout &layout, const std::vector<std::vector<Peak>> &peaks,
    const std::vector<std::vector<Connection>> &connections, const Thresholds &thresholds,
    std::vector<Instance> &people)
{
  drafts_.clear();
  people.clear();
  const std::size_t keypoints = keypoint_set(layout.set).keypoints.size();
  for (std::size_t limb = 0; limb < layout.limbs.size(); limb++)
    for (const Connection &connection : connections[limb])
      join(layout.limbs[limb], connection);

  const float whole = float(keypoints + layout.limbs.size());
  for (const Draft &draft : drafts_) {
    if (!draft.alive)
      continue;
    Instance person;
    int count = 0;
    float total = draft.limb_score;
    for (std::size_t part = 0; part < keypoints; part++) {
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
  std::sort(people.begin(), people.end(), is_better);
}

} // namespace pose
