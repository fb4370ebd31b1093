"""Apprise behind one small protocol: a rendered message goes out, or an error says why not.

``build.notifier`` is the way in. Apprise, requests and smtplib are imported here and nowhere else;
which message goes where and when, what it says, and what is tried again is decided elsewhere.
"""
