"""Listens where a service manager would, and prints each notification as one line of JSON."""

import json
import socket
import sys

listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
print(json.dumps("listening"), flush=True)
while True:
    # Descriptors that come with a message are closed, which is how a sender knows that it was read.
    text = listener.recvmsg(4096)[0].decode()
    for line in text.split("\n"):
        print(json.dumps(line), flush=True)
