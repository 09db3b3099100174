import { expect, test } from 'vitest'
import { errorText, noAnswer } from './error-text.ts'

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
  {
    error: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    says:
      'the certificate is not trusted here; name a file with its issuer in NODE_EXTRA_CA_CERTS ' +
      '(DEPTH_ZERO_SELF_SIGNED_CERT)',
  },
  { error: { code: 'EMFILE', path: '/x' }, says: 'what the system says' },
])('$error is told as $says', ({ error, says }) => {
  expect(errorText(Object.assign(new Error('what the system says'), error))).toBe(says)
})

test.each([
  { error: { code: 'ECONNREFUSED' }, says: '(ECONNREFUSED); is the server running?' },
  { error: {}, says: '(bad port); is the server running?' },
  {
    error: { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    says:
      '(UNABLE_TO_VERIFY_LEAF_SIGNATURE); the certificate is not trusted here; name a file with ' +
      'its issuer in NODE_EXTRA_CA_CERTS',
  },
])('no answer: $says', ({ error, says }) => {
  expect(noAnswer(Object.assign(new Error('bad port'), error))).toBe(says)
})
