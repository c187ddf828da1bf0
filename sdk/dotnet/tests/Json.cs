using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;

namespace Alvara.Tests
{
    /// <summary>JSON as the tests need it, for there is no reader that all of .NET has.</summary>
    internal sealed class Json
    {
        private readonly object _value;

        internal Json(object value)
        {
            _value = value;
        }

        internal static Json Parse(string text)
        {
            var reader = new Reader(text);
            var value = reader.Value();
            reader.End();
            return new Json(value);
        }

        /// <summary>A member of an object; of none, nothing.</summary>
        internal Json this[string name]
        {
            get
            {
                object found = null;
                var members = _value as Dictionary<string, object>;
                if (members != null) members.TryGetValue(name, out found);
                return new Json(found);
            }
        }

        internal bool IsNull { get { return _value == null; } }

        internal bool IsText { get { return _value is string; } }

        internal string Text { get { return (string)_value; } }

        internal long Number { get { return (long)_value; } }

        internal bool Truth { get { return (bool)_value; } }

        internal IEnumerable<Json> Items
        {
            get { return ((List<object>)_value ?? new List<object>()).Select(item => new Json(item)); }
        }

        internal Dictionary<string, object> Members
        {
            get { return (Dictionary<string, object>)_value ?? new Dictionary<string, object>(); }
        }

        /// <summary>A copy that can be changed without changing this.</summary>
        internal Json Copy()
        {
            return Parse(ToString());
        }

        public override string ToString()
        {
            var said = new StringBuilder();
            Write(_value, said);
            return said.ToString();
        }

        private static void Write(object value, StringBuilder said)
        {
            var members = value as Dictionary<string, object>;
            var items = value as List<object>;
            if (members != null)
            {
                said.Append('{');
                foreach (var member in members)
                {
                    if (said[said.Length - 1] != '{') said.Append(',');
                    Write(member.Key, said);
                    said.Append(':');
                    Write(member.Value, said);
                }
                said.Append('}');
            }
            else if (items != null)
            {
                said.Append('[');
                foreach (var item in items)
                {
                    if (said[said.Length - 1] != '[') said.Append(',');
                    Write(item, said);
                }
                said.Append(']');
            }
            else if (value is string)
            {
                said.Append('"');
                foreach (var character in (string)value)
                {
                    if (character >= 0x20 && character != '"' && character != '\\') said.Append(character);
                    else said.Append("\\u").Append(((int)character).ToString("x4"));
                }
                said.Append('"');
            }
            else if (value is bool)
            {
                said.Append((bool)value ? "true" : "false");
            }
            else
            {
                said.Append(value == null ? "null" : Convert.ToString(value, CultureInfo.InvariantCulture));
            }
        }

        private sealed class Reader
        {
            private readonly string _text;
            private int _at;

            internal Reader(string text)
            {
                _text = text;
            }

            internal object Value()
            {
                switch (Next())
                {
                    case '{':
                        return Members();
                    case '[':
                        return Items();
                    case '"':
                        return String();
                    case 't':
                        return Word("true", true);
                    case 'f':
                        return Word("false", false);
                    case 'n':
                        return Word("null", null);
                    default:
                        return Number();
                }
            }

            internal void End()
            {
                Blanks();
                if (_at != _text.Length) throw new FormatException("more than one value at " + _at);
            }

            private void Blanks()
            {
                while (_at < _text.Length && char.IsWhiteSpace(_text[_at])) _at++;
            }

            private char Next()
            {
                Blanks();
                return _text[_at];
            }

            private bool Took(char character)
            {
                if (Next() != character) return false;
                _at++;
                return true;
            }

            private void Take(char character)
            {
                if (!Took(character)) throw new FormatException(character + " is wanted at " + _at);
            }

            private object Word(string word, object value)
            {
                if (string.CompareOrdinal(_text, _at, word, 0, word.Length) != 0)
                {
                    throw new FormatException(word + " is wanted at " + _at);
                }
                _at += word.Length;
                return value;
            }

            private object Number()
            {
                var begun = _at;
                while (_at < _text.Length && "+-.0123456789eE".IndexOf(_text[_at]) >= 0) _at++;
                var digits = _text.Substring(begun, _at - begun);
                long whole;
                if (long.TryParse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out whole))
                {
                    return whole;
                }
                return double.Parse(digits, CultureInfo.InvariantCulture);
            }

            private object Items()
            {
                var items = new List<object>();
                Take('[');
                if (Took(']')) return items;
                do items.Add(Value());
                while (Took(','));
                Take(']');
                return items;
            }

            private object Members()
            {
                var members = new Dictionary<string, object>();
                Take('{');
                if (Took('}')) return members;
                do
                {
                    Blanks();
                    var name = String();
                    Take(':');
                    members[name] = Value();
                }
                while (Took(','));
                Take('}');
                return members;
            }

            private string String()
            {
                var said = new StringBuilder();
                Take('"');
                while (_text[_at] != '"')
                {
                    var character = _text[_at++];
                    said.Append(character == '\\' ? Escaped() : character);
                }
                _at++;
                return said.ToString();
            }

            private char Escaped()
            {
                var character = _text[_at++];
                var at = "bfnrt".IndexOf(character);
                if (at >= 0) return "\b\f\n\r\t"[at];
                if (character != 'u') return character;
                _at += 4;
                return (char)ushort.Parse(_text.Substring(_at - 4, 4), NumberStyles.HexNumber);
            }
        }
    }
}
