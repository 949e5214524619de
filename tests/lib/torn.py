# SPDX-License-Identifier: Apache-2.0
"""Disks as a crash could leave them.

tests/tools/record.c writes down what keeper and vaults change in files. From a
copy of the folder before, image() builds what may be on the disk when the
power goes behind any record: what was written before a flush began that ended
is there (what another thread writes during it is not covered); of the rest each
sector of each write is there or not, in any mixture; a name that was made,
changed or removed is what it was unless its folder was flushed, or a later
change of that folder is there, too.
"""
import os
import struct
import subprocess

HEAD = struct.Struct("=IIQqQ")
CREATE, WRITE, TRUNCATE, SYNC, RENAME, UNLINK, LINK, MKDIR, SYNCFS = range(
    1, 10)
LOG_BYTES = 512 << 20


def make_log(path):
    with open(path, "wb") as f:
        f.truncate(LOG_BYTES)
    os.chmod(path, 0o666)   # an instance of root has other users


def copy(folder, to):
    """With owners and modes."""
    subprocess.run(["cp", "-a", folder, to], check=True)


def used(path):
    with open(path, "rb") as f:
        return int.from_bytes(f.read(8), "little")


def records(path):
    """(end, op, name, inode, offset, data) in order; end as used() says, and
    offset of a flush the end of the last record before it began."""
    size, at, found = used(path), 0, []
    with open(path, "rb") as f:
        f.seek(8)
        log = f.read(size)
    while at < size:
        op, name_n, inode, offset, data_n = HEAD.unpack_from(log, at)
        p = at + HEAD.size
        name = log[p:p + name_n].decode()
        p += (name_n + 7) // 8 * 8
        data = log[p:p + data_n]
        at = p + (data_n + 7) // 8 * 8
        if op in (RENAME, LINK):
            data = data.decode()
        found.append((at, op, name, inode, offset, data))
    return found


def listing(root):
    """What is there before: {inode: folder}, {name: inode}, below root."""
    folders, names = {}, {}
    for folder, _, files in os.walk(root):
        below = os.path.relpath(folder, root)
        folders[os.stat(folder).st_ino] = below
        for f in files:
            path = os.path.normpath(os.path.join(below, f))
            names[path] = os.lstat(os.path.join(root, path)).st_ino
    return folders, names


class Disk:
    """The folder at root when it was copied to base and listed as first, and
    what came after."""

    def __init__(self, root, base, first):
        self.root, self.base = root, base
        self.folders, self.root_names = dict(first[0]), dict(first[1])
        self.names = dict(first[1])     # durable: path below root -> inode
        self.now = dict(first[1])       # as programs see them
        self.files = {}     # inode -> [content on the disk, ops behind it]
        self.again = {}     # inode -> ours, of one that was used again
        self.moves = {}     # folder -> [names changed, not flushed]
        self.at = 0         # end of the record that is taken

    def below(self, path):
        path = os.path.normpath(os.path.join(self.root, path))
        if not path.startswith(self.root + os.sep):
            return None
        return os.path.relpath(path, self.root)

    def content(self, inode):
        if inode not in self.files:
            was = [n for n, i in self.root_names.items() if i == inode]
            old = b""
            if was:
                with open(os.path.join(self.base, was[0]), "rb") as f:
                    old = f.read()
            self.files[inode] = [bytearray(old), []]
        return self.files[inode]

    def known(self):
        """Numbers of files that are there or were: new ones get another."""
        return set(self.files) | set(self.root_names.values()) | set(
            self.again)

    def move(self, path, inode):
        self.moves.setdefault(os.path.dirname(path), []).append(
            (path, inode, self.at))
        if inode is None:
            self.now.pop(path, None)
        else:
            self.now[path] = inode

    def flush(self, inode, began):
        """Covers what was recorded up to began."""
        if inode in self.folders:
            self.flush_folder(self.folders[inode], began)
        elif inode in self.files:
            content, ops = self.files[inode]
            n = sum(op[-1] <= began for op in ops)
            for op in ops[:n]:
                apply(content, op)
            del ops[:n]

    def flush_folder(self, folder, began):
        self.flush_names(folder, sum(
            at <= began for _, _, at in self.moves_of(folder)))

    def moves_of(self, folder):
        return self.moves.get("" if folder == "." else folder, [])

    def flush_names(self, folder, most):
        moves = self.moves_of(folder)
        for path, inode, _ in moves[:most]:
            if inode is None:
                self.names.pop(path, None)
            else:
                self.names[path] = inode
        del moves[:most]

    def take(self, record):
        self.at, op, name, inode, offset, data = record
        if op == CREATE and inode in self.known():
            self.again[inode] = -1 - len(self.again) - len(self.files)
        inode = self.again.get(inode, inode)
        if op == SYNC:
            self.flush(inode, offset)
        elif op == SYNCFS:
            for i in self.files:
                self.flush(i, offset)
            for folder in self.moves:
                self.flush_folder(folder, offset)
        elif op in (WRITE, TRUNCATE):
            self.content(inode)[1].append(
                (op, offset, data, self.at))
        else:
            self.take_name(op, self.below(name), inode, data)

    def take_name(self, op, path, inode, data):
        if path is None:
            return
        if op == MKDIR:     # as if flushed: nothing stands or falls with it
            self.folders[inode] = path
        elif op == CREATE:
            self.files[inode] = [bytearray(), []]
            self.move(path, inode)
        elif op == UNLINK:
            self.move(path, None)
        elif op in (RENAME, LINK):
            to, was = self.below(data), self.now.get(path)
            if to is not None and path in self.folders.values():
                self.move_folder(path, to)
            if to is None or was is None:
                return
            self.move(to, was)
            if op == RENAME:
                self.move(path, None)

    def move_folder(self, path, to):
        """As if flushed, as one that is made; what is in it goes with it."""
        def moved(name):
            inside = name == path or name.startswith(path + os.sep)
            return to + name[len(path):] if inside else name

        self.folders = {i: moved(f) for i, f in self.folders.items()}
        self.names = {moved(n): i for n, i in self.names.items()}
        self.now = {moved(n): i for n, i in self.now.items()}
        self.moves = {moved(f): [(moved(n), i, at) for n, i, at in m]
                      for f, m in self.moves.items()}

    def crash(self, rng):
        """What is there when the power goes: {path: content}, of changed."""
        keep = rng.choice((0.0, 0.5, 0.9, 1.0))
        sector = rng.choice((512, 4096))
        for folder in list(self.moves):
            n = len(self.moves[folder])
            self.flush_names(folder, rng.choice((0, n, rng.randint(0, n))))
        for content, ops in self.files.values():
            for op in ops:
                tear(content, op, sector, keep, rng)
            ops.clear()
        return {path: bytes(self.files[inode][0])
                for path, inode in self.names.items() if inode in self.files}


def apply(content, op):
    kind, offset, data = op[:3]
    if kind == TRUNCATE:
        if len(content) > offset:
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if len(content) < offset + len(data):
        content.extend(bytes(offset + len(data) - len(content)))
    content[offset:offset + len(data)] = data


def tear(content, op, sector, keep, rng):
    kind, offset, data = op[:3]
    if kind == TRUNCATE:
        if rng.random() < keep:
            apply(content, op)
        return
    at = offset
    while at < offset + len(data):
        end = min((at // sector + 1) * sector, offset + len(data))
        if rng.random() < keep:
            apply(content, (WRITE, at, data[at - offset:end - offset]))
        at = end


def image(root, base, first, found, count, to, rng):
    """The disk behind the first count records, at folder to."""
    disk = Disk(root, base, first)
    for record in found[:count]:
        disk.take(record)
    there = disk.crash(rng)
    copy(base, to)
    for path in disk.root_names:
        if path not in disk.names:
            os.unlink(os.path.join(to, path))
    for path in sorted(disk.folders.values()):
        where = os.path.join(to, path)
        if not os.path.isdir(where):
            os.mkdir(where, 0o700)
            own(where)
    for path, content in there.items():
        where = os.path.join(to, path)
        new = not os.path.exists(where)
        with open(where, "wb") as f:
            f.write(content)
        if new:
            os.chmod(where, 0o600)
            own(where)


def own(path):
    """Whose the folder is made it."""
    st = os.stat(os.path.dirname(path))
    os.chown(path, st.st_uid, st.st_gid)
