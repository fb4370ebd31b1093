"""The parts of Apprise whose own imports warn of modules that a later Python drops.

Imported here once and quietly, so that it is no fault of ours where warnings are errors.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # apprise.utils.pgp tries imghdr, which Python 3.13 has no more, and copes without.
    warnings.simplefilter("ignore", DeprecationWarning)
    from apprise.plugins.email.base import NotifyEmail
    from apprise.plugins.email.smtp import AppriseSMTPController

__all__ = ["AppriseSMTPController", "NotifyEmail"]
