import { BlockList, isIP } from 'node:net'

/**
 * The nearest address that is not one of our proxies. X-Forwarded-For is read from the right, as each
 * proxy adds the peer it saw: what stands further left may be anybody's invention, and what is no
 * address ends the reading.
 */
export function sourceIp(
  peer: string,
  forwarded: string | undefined,
  trusted: BlockList | undefined,
): string {
  let nearest = plainAddress(peer)
  if (!trusted || forwarded === undefined) return nearest
  for (const hop of forwarded.split(',').reverse()) {
    const address = plainAddress(hop.trim())
    if (!isIn(nearest, trusted) || isIP(address) === 0) break
    nearest = address
  }
  return nearest
}

/** Of CIDR blocks and single addresses; throws Error that names what is neither. */
export function networksOf(blocks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const block of blocks) {
    const [address = '', prefix] = block.split('/')
    const family = address.includes(':') ? 'ipv6' : 'ipv4'
    try {
      list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family)
    } catch {
      throw new Error(`${block} is not a CIDR block such as 10.0.0.0/8`)
    }
  }
  return list
}

function isIn(address: string, list: BlockList): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

/** Without a zone, and an IPv4 address that came over an IPv6 socket without its prefix. */
function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped ? mapped[1]! : address.replace(/%.*$/, '')
}
