import { BlockList } from 'node:net'
import { expect, test } from 'vitest'
import { sourceIp } from './source-ip.ts'

const trusted = new BlockList()
trusted.addSubnet('10.0.0.0', 8, 'ipv4')
trusted.addSubnet('fd00::', 8, 'ipv6')

test.each([
  { why: 'no header', peer: '192.0.2.1', forwarded: undefined, ip: '192.0.2.1' },
  { why: 'a peer nobody trusts', peer: '192.0.2.1', forwarded: '198.51.100.1', ip: '192.0.2.1' },
  { why: 'a proxy', peer: '10.0.0.1', forwarded: '198.51.100.1', ip: '198.51.100.1' },
  {
    why: 'an invention before it',
    peer: '10.0.0.1',
    forwarded: '1.1.1.1, 198.51.100.1',
    ip: '198.51.100.1',
  },
  { why: 'two proxies', peer: '10.0.0.1', forwarded: '198.51.100.1, 10.0.0.2', ip: '198.51.100.1' },
  { why: 'proxies alone', peer: '10.0.0.1', forwarded: '10.0.0.3,10.0.0.2', ip: '10.0.0.3' },
  {
    why: 'what is no address',
    peer: '10.0.0.1',
    forwarded: '198.51.100.1, unknown',
    ip: '10.0.0.1',
  },
  { why: 'an empty header', peer: '10.0.0.1', forwarded: '', ip: '10.0.0.1' },
  { why: 'IPv6', peer: 'fd00::1', forwarded: '2001:db8::1', ip: '2001:db8::1' },
  {
    why: 'IPv4 over IPv6',
    peer: '::ffff:10.0.0.1',
    forwarded: '::ffff:198.51.100.1',
    ip: '198.51.100.1',
  },
  { why: 'a zone', peer: 'fe80::1%eth0', forwarded: '198.51.100.1', ip: 'fe80::1' },
])('$why', ({ peer, forwarded, ip }) => {
  expect(sourceIp(peer, forwarded, trusted)).toBe(ip)
})

test('without configured proxies the header counts for nothing', () => {
  expect(sourceIp('10.0.0.1', '198.51.100.1', undefined)).toBe('10.0.0.1')
})
