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

const untrusted =
  'the certificate is not trusted here; name a file with its issuer in NODE_EXTRA_CA_CERTS'

/** Whether a server was not spoken with because of its certificate. */
export function isUntrusted(error: unknown): boolean {
  return /CERT|LEAF_SIGNATURE/.test((error as NodeJS.ErrnoException).code ?? '')
}

/**
 * Why a server gave no answer, and what to look at: put after `no answer from <where>`. The error is that of
 * node:http, or what fetch has as its cause.
 */
export function noAnswer(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return `(${code ?? message}); ${isUntrusted(error) ? untrusted : 'is the server running?'}`
}

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
  if (isUntrusted(error)) return `${untrusted} (${code})`
  // A port is refused for another reason than a file.
  const meaning = code === 'EACCES' && address ? privilegedPort : meanings[code]
  const host = address?.includes(':') && port !== undefined ? `[${address}]` : address
  const where = path ?? (host && (port === undefined ? host : `${host}:${port}`)) ?? hostname
  return meaning && where ? `${where}: ${meaning}` : error.message
}
