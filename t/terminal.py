"""Run a command on a terminal of its own, whose session leader is a shell that
waits for it, and act when a line appears.

usage: terminal.py WORD ACTION command [argument ...]

When the terminal has shown WORD, type ACTION (^C, ^\\, ^Z: the key), or close the
terminal (close).  The rest of what the terminal shows goes to standard output,
with the status of the command in a last line; after close, there is none.
"""
import os
import pty
import signal
import sys
import time

KEYS = {'^C': b'\x03', '^\\': b'\x1c', '^Z': b'\x1a'}


def main():
    word, action, command = sys.argv[1].encode(), sys.argv[2], sys.argv[3:]
    pid, fd = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvp(command[0], command)
    signal.alarm(20)
    shown, acted = b'', False
    while True:
        try:
            data = os.read(fd, 4096)
        except OSError:
            break
        if not data:
            break
        shown += data
        if acted or word not in shown:
            continue
        acted = True
        if action == 'close':
            os.close(fd)
            break
        os.write(fd, KEYS[action])
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    sys.stdout.write(shown.decode().replace('\r', ''))
    print('status', status)


main()
