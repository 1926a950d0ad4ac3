"""A mail server on 127.0.0.1, by Python's own: it takes every letter, and writes the link that stands in it."""

import asyncore
import email
import email.policy
import re
import smtpd
import sys


class Server(smtpd.SMTPServer):
    def process_message(self, peer, mailfrom, rcpttos, data, **options):
        letter = email.message_from_bytes(data, policy=email.policy.default)
        link = re.search(r"https?://[^/\s]+(/lank/\S+)", letter.get_body(("plain",)).get_content())
        print("letter", rcpttos[0], link.group(1), flush=True)


server = Server(("127.0.0.1", int(sys.argv[1])), None)
print("listening", flush=True)
asyncore.loop()
