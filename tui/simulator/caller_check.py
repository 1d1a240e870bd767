"""Who may speak to the simulator at all: programs on this machine, and nobody's web page.

A page on the web can make a browser send requests to this machine, and by DNS rebinding read
the answers too. Both show in what the browser says: the name it was given, and where the page
came from. So only names of this machine are answered, lenient or not.
"""

import re
from collections.abc import Mapping

from tui.simulator.refused_request import RequestRefused

_HERE = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
_HERE_AS_ORIGIN = re.compile(rf"https?://{_HERE.pattern}", re.IGNORECASE)


def check_caller(headers: Mapping[str, str]) -> None:
    """See that a request is meant for this machine and comes from it.

    Args:
        headers: Of the request, names in lower case.

    Raises:
        Refused: It names another host, or a page of another origin sent it.
    """
    host, origin = headers.get("host", ""), headers.get("origin")
    if not _HERE.fullmatch(host):
        raise RequestRefused(
            "host: this server answers to 127.0.0.1 and localhost only", status=403
        )
    if origin is not None and not _HERE_AS_ORIGIN.fullmatch(origin):
        raise RequestRefused("origin: pages of other origins are not served", status=403)
