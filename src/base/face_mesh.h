// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/keypoint_set.h"

/* The face mesh of MediaPipe (canonical_face_model): 468 points that have numbers, not names. */
namespace pose::face_mesh
{

inline constexpr std::size_t kPoints = 468;

/// The points at the 68 landmarks of the iBUG annotations, in their order: with the pupils, the
/// keypoints of the set `face`.
inline constexpr std::uint16_t kLandmarks[] = {162, 234, 93, 58, 172, 136, 149, 148, 152, 377, 378,
    365, 397, 288, 323, 454, 389, 71, 63, 105, 66, 107, 336, 296, 334, 293, 301, 168, 197, 5, 4, 75,
    97, 2, 326, 305, 33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380, 61, 39, 37, 0, 267,
    269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87};

/// Of these, the first of six around each eye.
inline constexpr std::size_t kRightEye = 36;
inline constexpr std::size_t kLeftEye = 42;
inline constexpr std::size_t kAroundEye = 6;

/// The contours that MediaPipe draws: lips, eyes, brows and the oval.
inline constexpr Bone kContours[] = {{61, 146}, {146, 91}, {91, 181}, {181, 84}, {84, 17},
    {17, 314}, {314, 405}, {405, 321}, {321, 375}, {375, 291}, {61, 185}, {185, 40}, {40, 39},
    {39, 37}, {37, 0}, {0, 267}, {267, 269}, {269, 270}, {270, 409}, {409, 291}, {78, 95}, {95, 88},
    {88, 178}, {178, 87}, {87, 14}, {14, 317}, {317, 402}, {402, 318}, {318, 324}, {324, 308},
    {78, 191}, {191, 80}, {80, 81}, {81, 82}, {82, 13}, {13, 312}, {312, 311}, {311, 310},
    {310, 415}, {415, 308}, {263, 249}, {249, 390}, {390, 373}, {373, 374}, {374, 380}, {380, 381},
    {381, 382}, {382, 362}, {263, 466}, {466, 388}, {388, 387}, {387, 386}, {386, 385}, {385, 384},
    {384, 398}, {398, 362}, {276, 283}, {283, 282}, {282, 295}, {295, 285}, {300, 293}, {293, 334},
    {334, 296}, {296, 336}, {33, 7}, {7, 163}, {163, 144}, {144, 145}, {145, 153}, {153, 154},
    {154, 155}, {155, 133}, {33, 246}, {246, 161}, {161, 160}, {160, 159}, {159, 158}, {158, 157},
    {157, 173}, {173, 133}, {46, 53}, {53, 52}, {52, 65}, {65, 55}, {70, 63}, {63, 105}, {105, 66},
    {66, 107}, {10, 338}, {338, 297}, {297, 332}, {332, 284}, {284, 251}, {251, 389}, {389, 356},
    {356, 454}, {454, 323}, {323, 361}, {361, 288}, {288, 397}, {397, 365}, {365, 379}, {379, 378},
    {378, 400}, {400, 377}, {377, 152}, {152, 148}, {148, 176}, {176, 149}, {149, 150}, {150, 136},
    {136, 172}, {172, 58}, {58, 132}, {132, 93}, {93, 234}, {234, 127}, {127, 162}, {162, 21},
    {21, 54}, {54, 103}, {103, 67}, {67, 109}, {109, 10}};

struct Names {
  char all[kPoints][8];
};

constexpr Names numbered()
{
  Names names{};
  for (std::size_t i = 0; i < kPoints; i++) {
    char *name = names.all[i];
    for (const char letter : {'M', 'e', 's', 'h'})
      *name++ = letter;
    if (i >= 100)
      *name++ = char('0' + i / 100);
    if (i >= 10)
      *name++ = char('0' + i / 10 % 10);
    *name = char('0' + i % 10);
  }
  return names;
}

inline constexpr Names kNames = numbered(); ///< "Mesh0" to "Mesh467"

constexpr std::array<KeypointInfo, kPoints> keypoints()
{
  std::array<KeypointInfo, kPoints> points{};
  for (std::size_t i = 0; i < kPoints; i++)
    points[i] = {kNames.all[i], std::uint16_t(i), 0.03f, {255, 255, 255}};
  return points;
}

inline constexpr std::array<KeypointInfo, kPoints> kKeypoints = keypoints();

} // namespace pose::face_mesh
