// SPDX-License-Identifier: LGPL-2.1-or-later
/* GObject properties as rows of a table: one row has the name, blurb, range, flags and the member
 * that holds the value. The default is the member's own initialiser. */
#pragma once

#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <gst/gst.h>

namespace properties
{

/// Mutability of a property: before the element starts, at any time, or at any time and by a
/// GstController.
constexpr auto kReady =
    GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
constexpr auto kPlaying =
    GParamFlags(G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
constexpr auto kControllable = GParamFlags(kPlaying | GST_PARAM_CONTROLLABLE);

/// Why a value that passed GObject's validation was refused; empty: it was accepted.
using Refusal = std::optional<std::string>;

/// One property of an object whose values are members of `Owner`.
template <typename Owner>
struct Row {
  GParamSpec *spec;
  Refusal (*set)(Owner &, const GValue *); ///< a refused value changes nothing
  void (*get)(const Owner &, GValue *);
};

template <typename T>
T value_of(const GValue *value)
{
  if constexpr (std::is_same_v<T, bool>)
    return g_value_get_boolean(value) != FALSE;
  else if constexpr (std::is_same_v<T, std::string>)
    return g_value_get_string(value) ? g_value_get_string(value) : "";
  else if constexpr (std::is_same_v<T, float>)
    return g_value_get_float(value);
  else if constexpr (std::is_same_v<T, double>)
    return g_value_get_double(value);
  else if constexpr (std::is_same_v<T, guint>)
    return G_VALUE_HOLDS_FLAGS(value) ? g_value_get_flags(value) : g_value_get_uint(value);
  else
    return T(G_VALUE_HOLDS_ENUM(value) ? g_value_get_enum(value) : g_value_get_int(value));
}

template <typename T>
void put(const T &from, GValue *value)
{
  if constexpr (std::is_same_v<T, bool>)
    g_value_set_boolean(value, from);
  else if constexpr (std::is_same_v<T, std::string>)
    g_value_set_string(value, from.empty() ? nullptr : from.c_str());
  else if constexpr (std::is_same_v<T, float>)
    g_value_set_float(value, from);
  else if constexpr (std::is_same_v<T, double>)
    g_value_set_double(value, from);
  else if constexpr (std::is_same_v<T, guint>)
    G_VALUE_HOLDS_FLAGS(value) ? g_value_set_flags(value, from) : g_value_set_uint(value, from);
  else
    G_VALUE_HOLDS_ENUM(value) ? g_value_set_enum(value, int(from))
                              : g_value_set_int(value, int(from));
}

template <typename T>
struct MemberOf;
template <typename O, typename V>
struct MemberOf<V O::*> {
  using Owner = O;
  using Value = V;
};
template <auto Member>
using OwnerOf = typename MemberOf<decltype(Member)>::Owner;
template <auto Member>
using ValueOf = typename MemberOf<decltype(Member)>::Value;

template <auto Member>
ValueOf<Member> default_of()
{
  return OwnerOf<Member>{}.*Member;
}

template <auto Member>
Row<OwnerOf<Member>> row(GParamSpec *spec)
{
  using Owner = OwnerOf<Member>;
  return {spec,
      [](Owner &owner, const GValue *value) -> Refusal {
        owner.*Member = value_of<ValueOf<Member>>(value);
        return std::nullopt;
      },
      [](const Owner &owner, GValue *value) { put(owner.*Member, value); }};
}

/// \name The kinds of rows: a number in a range, a boolean, an enum or flags, a string
/// \param blurb  a noun or an imperative; the meaning of 0 in brackets
/// @{
template <auto Member>
Row<OwnerOf<Member>> number(const char *name, const char *nick, const char *blurb,
    ValueOf<Member> least, ValueOf<Member> most, GParamFlags flags)
{
  using T = ValueOf<Member>;
  const T initial = default_of<Member>();
  if constexpr (std::is_same_v<T, float>)
    return row<Member>(g_param_spec_float(name, nick, blurb, least, most, initial, flags));
  else if constexpr (std::is_same_v<T, double>)
    return row<Member>(g_param_spec_double(name, nick, blurb, least, most, initial, flags));
  else if constexpr (std::is_same_v<T, guint>)
    return row<Member>(g_param_spec_uint(name, nick, blurb, least, most, initial, flags));
  else
    return row<Member>(g_param_spec_int(name, nick, blurb, least, most, initial, flags));
}

template <auto Member>
Row<OwnerOf<Member>> toggle(
    const char *name, const char *nick, const char *blurb, GParamFlags flags)
{
  return row<Member>(g_param_spec_boolean(name, nick, blurb, default_of<Member>(), flags));
}

template <auto Member>
Row<OwnerOf<Member>> choice(
    const char *name, const char *nick, const char *blurb, GType type, GParamFlags flags)
{
  const auto initial = default_of<Member>();
  return row<Member>(G_TYPE_IS_FLAGS(type)
                         ? g_param_spec_flags(name, nick, blurb, type, guint(initial), flags)
                         : g_param_spec_enum(name, nick, blurb, type, int(initial), flags));
}

template <auto Member>
Row<OwnerOf<Member>> text(const char *name, const char *nick, const char *blurb, GParamFlags flags)
{
  const std::string initial = default_of<Member>();
  return row<Member>(
      g_param_spec_string(name, nick, blurb, initial.empty() ? nullptr : initial.c_str(), flags));
}
/// @}

/// The rows of one class, with consecutive property ids.
template <typename Owner>
class Table
{
 public:
  explicit Table(std::vector<Row<Owner>> rows) : rows_(std::move(rows)) {}

  /// Installs these properties in a class, with ids from `first`; marks their enums as plugin API.
  /// Returns the first free id.
  guint install(GObjectClass *object_class, guint first)
  {
    first_ = first;
    guint id = first;
    for (const Row<Owner> &each : rows_) {
      g_object_class_install_property(object_class, id++, each.spec);
      const GType type = G_PARAM_SPEC_VALUE_TYPE(each.spec);
      if (G_TYPE_IS_ENUM(type) || G_TYPE_IS_FLAGS(type))
        gst_type_mark_as_plugin_api(type, GstPluginAPIFlags(0));
    }
    return id;
  }

  bool has(guint id) const { return id >= first_ && id - first_ < rows_.size(); }

  /// \pre has(id)
  const Row<Owner> &operator[](guint id) const { return rows_[id - first_]; }

 private:
  std::vector<Row<Owner>> rows_;
  guint first_ = 1;
};

} // namespace properties
