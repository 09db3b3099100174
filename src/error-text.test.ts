import { expect, test } from 'vitest'
import { errorText } from './error-text.ts'

test.each([
  {
    error: { code: 'EADDRINUSE', address: '127.0.0.1', port: 4600 },
    says: '127.0.0.1:4600: is taken by another program; listen on another port (0: any that is free)',
  },
  {
    error: { code: 'EACCES', address: '::1', port: 80 },
    says: '[::1]:80: permission denied; ports below 1024 are for root, listen on a higher one',
  },
  { error: { code: 'EACCES', path: '/x' }, says: '/x: permission denied; is it of another user?' },
  { error: { code: 'ENOTFOUND', hostname: 'nas' }, says: 'nas: there is no host of this name' },
  { error: { code: 'EMFILE', path: '/x' }, says: 'what the system says' },
])('$error is told as $says', ({ error, says }) => {
  expect(errorText(Object.assign(new Error('what the system says'), error))).toBe(says)
})
