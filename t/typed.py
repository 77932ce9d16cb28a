# typed.py INIT TEXT WANT SHELL...: run a shell on a terminal, give it the command
# INIT, type TEXT and the TAB key.  Does WANT appear?  Prints what did.
import os, pty, select, sys, time

init, text, want, shell = *sys.argv[1:4], sys.argv[4:]


def wait_for(fd, word):
    seen, end = b"", time.time() + 60
    while word not in seen and time.time() < end:
        if select.select([fd], [], [], 0.1)[0]:
            seen += os.read(fd, 4096)
    print(seen)
    return word in seen


pid, fd = pty.fork()
if pid == 0:
    os.environ.update(TERM="dumb", HOME=os.getcwd())
    os.execvp(shell[0], shell)
os.write(fd, (init + "; echo rea''dy\n").encode())
found = wait_for(fd, b"ready\r\n")
os.write(fd, text.encode() + b"\t")
found = found and wait_for(fd, want.encode())
os.kill(pid, 9)
sys.exit(not found)
