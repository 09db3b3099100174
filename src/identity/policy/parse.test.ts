// biome-ignore-all lint/suspicious/noTemplateCurlyInString: a policy's variables look like that
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../../errors.ts'
import { parsePolicy } from './parse.ts'

const allow = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*' }
const policy = (statement: unknown, more: object = {}) =>
  JSON.stringify({ Version: '2012-10-17', ...more, Statement: statement })

describe('taken', () => {
  test.each<[string, string]>([
    ['one statement', policy(allow)],
    ['several', policy([allow, { ...allow, Effect: 'Deny' }])],
    ['no version', JSON.stringify({ Statement: allow })],
    ['the old version', policy(allow, { Version: '2008-10-17' })],
    ['an id', policy(allow, { Id: 'any text' })],
    ['lists', policy({ ...allow, Action: ['s3:Get*', '*'], Resource: ['*'] })],
    ['NotAction, NotResource', policy({ Effect: 'Deny', NotAction: 'iam:*', NotResource: '*' })],
    ['different Sids', policy([{ ...allow, Sid: 'A1' }, { ...allow, Sid: 'A2' }, allow])],
    [
      'empty Sids',
      policy([
        { ...allow, Sid: '' },
        { ...allow, Sid: '' },
      ]),
    ],
    ['an incomplete ARN', policy({ ...allow, Resource: 'arn:aws:sqs' })],
    ['variables', policy({ ...allow, Resource: 'arn:aws:iam::${aws:PrincipalAccount}:user/*' })],
    ['a condition', policy({ ...allow, Condition: { Bool: { 'aws:SecureTransport': true } } })],
    ['two keys', policy({ ...allow, Condition: { NumericLessThan: { 'a:b': 1, 'a:c': ['2'] } } })],
    ['white space', ` \n${policy(allow)}\t`],
  ])('%s', (_, text) => {
    expect(parsePolicy(text).length).toBeGreaterThan(0)
  })
})

const syntax = 'Syntax errors in policy.'
const vendorMissing = 'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.'

describe('refused in the words of IAM', () => {
  test.each<[string, string, string]>([
    ['no JSON', 'This is not JSON', syntax],
    ['null', 'null', syntax],
    ['a list', '[]', syntax],
    ['no statement', '{"Version":"2012-10-17"}', syntax],
    ['an empty list of statements', policy([]), syntax],
    ['another version', policy(allow, { Version: '2012-10-18' }), syntax],
    ['a number as version', policy(allow, { Version: 2012 }), syntax],
    ['a number as id', policy(allow, { Id: 5 }), syntax],
    ['an unknown element', policy(allow, { Extra: 1 }), syntax],
    ['an unknown element of a statement', policy({ ...allow, Extra: 1 }), syntax],
    ['a statement that is a text', policy('Allow'), syntax],
    ['no effect', policy({ ...allow, Effect: undefined }), syntax],
    ['an effect in lower case', policy({ ...allow, Effect: 'allow' }), syntax],
    ['both Action and NotAction', policy({ ...allow, NotAction: 'iam:*' }), syntax],
    ['both Resource and NotResource', policy({ ...allow, NotResource: '*' }), syntax],
    ['a number as action', policy({ ...allow, Action: 5 }), syntax],
    ['an object as resource', policy({ ...allow, Resource: [{}] }), syntax],
    ['a space in an action', policy({ ...allow, Action: 's3:Get Object' }), syntax],
    [
      'no action',
      policy({ ...allow, Action: undefined }),
      'Policy statement must contain actions.',
    ],
    [
      'an empty list of actions',
      policy({ ...allow, Action: [] }),
      'Policy statement must contain actions.',
    ],
    [
      'no resource',
      policy({ ...allow, Resource: undefined }),
      'Policy statement must contain resources.',
    ],
    ['an action without a vendor', policy({ ...allow, Action: 'GetObject' }), vendorMissing],
    [
      'two colons',
      policy({ ...allow, Action: 's3:Get:Object' }),
      'Actions/Condition can contain only one colon.',
    ],
    ['a vendor of no letters', policy({ ...allow, Action: 's?:Get' }), 'Vendor s? is not valid'],
    [
      'a resource that is no ARN',
      policy({ ...allow, Resource: 'bucket' }),
      'Resource bucket must be in ARN format or "*".',
    ],
    [
      'an empty resource',
      policy({ ...allow, Resource: '' }),
      'Resource  must be in ARN format or "*".',
    ],
    [
      'any vendor',
      policy({ ...allow, Resource: 'arn:aws:*:::x' }),
      'Resource vendor must be fully qualified and cannot contain regexes.',
    ],
    [
      'a Sid twice',
      policy([
        { ...allow, Sid: 'A' },
        { ...allow, Sid: 'A' },
      ]),
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [
      'a Sid with a space',
      policy({ ...allow, Sid: 'a b' }),
      'Statement IDs (SID) must be alpha-numeric. ' +
        'Check that your input satisfies the regular expression [0-9A-Za-z]*',
    ],
    [
      'a principal',
      policy({ ...allow, Principal: '*' }),
      'Policy document should not specify a principal.',
    ],
    ['a condition that is a list', policy({ ...allow, Condition: [] }), syntax],
    ['an unknown operator', policy({ ...allow, Condition: { Like: { 'a:b': 'c' } } }), syntax],
    ['an operator of a text', policy({ ...allow, Condition: { Bool: 'true' } }), syntax],
    ['a condition of no values', policy({ ...allow, Condition: { Bool: { 'a:b': [] } } }), syntax],
    ['a value that is null', policy({ ...allow, Condition: { Bool: { 'a:b': null } } }), syntax],
    ['an operator named __proto__', policy(allow).replace('}}', '},"__proto__":1}'), syntax],
    [
      'a key without a vendor',
      policy({ ...allow, Condition: { Bool: { mfa: '1' } } }),
      vendorMissing,
    ],
  ])('%s', (_, text, message) => {
    expect(() => parsePolicy(text)).toThrow(new ApiError('MalformedPolicyDocument', message))
  })

  test('whatever is written, it is read or refused', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.nat(), (text, cut) => {
        for (const tried of [text, policy(JSON.parse(text)), policy(allow).slice(0, cut % 120)]) {
          try {
            parsePolicy(tried)
          } catch (error) {
            expect(error).toBeInstanceOf(ApiError)
          }
        }
      }),
    )
  })
})

describe('resource policies', () => {
  const read = (element: object) => () => parsePolicy(policy({ ...allow, ...element }), 'resource')

  test.each([
    { Principal: '*' },
    { Principal: { AWS: ['111122223333'] } },
    { Principal: { Service: 'cloudtrail.amazonaws.com', AWS: '*' } },
    { NotPrincipal: { AWS: 'arn:aws:iam::111122223333:root' } },
  ])('name a principal: %j', (element) => {
    expect(read(element)().length).toBe(1)
  })

  test.each([
    {},
    { Principal: 'bob' },
    { Principal: ['*'] },
    { Principal: { User: 'bob' } },
    { Principal: { AWS: 5 } },
    { Principal: '*', NotPrincipal: '*' },
  ])('refused: %j', (element) => {
    expect(read(element)).toThrow(new ApiError('MalformedPolicyDocument', syntax))
  })
})
