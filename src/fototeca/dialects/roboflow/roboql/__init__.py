r"""RoboQL, the query language of the search box, the SDK and the command line: text to filters, words, examples, order.

    query    := [ either ]                                 empty is "*"
    either   := both { "OR" both }
    both     := unary { [ "AND" ] unary }                  side by side is AND
    unary    := ( "NOT" | "-" ) unary | "(" either ")" | filter | "sort:" key | text | "*"
    filter   := key ":" value                              keys in any case, values as they are
              | "class:" value op number                   how many annotations of the class
              | "metadata." key ( ":" | op ) value | "metadata:" key "=" value
    op       := ">=" | "<=" | ">" | "<" | "="
    value    := '"' characters, with \" and \\ '"' | characters without space, quote or parenthesis

Whatever is no filter is free text: it ranks by meaning, and never filters.
"""

from fototeca.dialects.roboflow.roboql.filters import Names
from fototeca.dialects.roboflow.roboql.parser import Asked, mentions_filters, parse

__all__ = ("Asked", "Names", "mentions_filters", "parse")
