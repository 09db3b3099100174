/** What the system's own errors mean for whoever typed the command; each is put after a path or address. */
const meanings: Readonly<Record<string, string>> = {
  EACCES: 'permission denied; is it of another user?',
  EPERM: 'permission denied; is it of another user?',
  EADDRINUSE: 'is taken by another program; listen on another port (0: any that is free)',
  EADDRNOTAVAIL: 'is no address of this machine',
  ECONNREFUSED: 'nothing listens there; is the server running?',
  EEXIST: 'is a file, not a folder',
  EISDIR: 'is a folder, not a file',
  ENOENT: 'no such file or folder',
  ENOTFOUND: 'there is no host of this name',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of this path is a file, not a folder',
  EROFS: 'this disk is mounted read-only',
}

const privilegedPort = 'permission denied; ports below 1024 are for root, listen on a higher one'

/** One line for an error: what the system says is put in words, everything else says itself. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const {
    code = '',
    path,
    address,
    port,
    hostname,
  } = error as NodeJS.ErrnoException & {
    address?: string
    port?: number
    hostname?: string
  }
  // A port is refused for another reason than a file.
  const meaning = code === 'EACCES' && address ? privilegedPort : meanings[code]
  const host = address?.includes(':') && port !== undefined ? `[${address}]` : address
  const where = path ?? (host && (port === undefined ? host : `${host}:${port}`)) ?? hostname
  return meaning && where ? `${where}: ${meaning}` : error.message
}
