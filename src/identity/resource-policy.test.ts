// A bucket's own policy beside the caller's: who is let in by which, and who stays out.
import { describe, expect, test } from 'vitest'
import { type Account, allow, deny, openAccount } from '../../test/account.ts'
import type { Principal } from '../operation.ts'
import { type ServiceRequest, serviceMay } from './service-access.ts'

const arn = 'arn:aws:s3:::bucket/key'
const facts = { now: 0, sourceIp: '10.0.0.1', secureTransport: false, region: 'us-east-1' }
const other = '999988887777'

function policyOf(...statements: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements })
}
const everybody = { Principal: '*' }
const theUser = { Principal: { AWS: 'arn:aws:iam::111122223333:user/bob' } }
const theAccount = { Principal: { AWS: '111122223333' } }

function ask(account: Account, principal: Principal, owner: object, action = 's3:GetObject') {
  const tx = account.state.begin()
  const request = { principal, action, resources: [arn], facts }
  return account.identity.authorize(tx, {
    ...request,
    owner: { accountId: principal.accountId, ...owner },
  })
}

const noIdentity = 'because no identity-based policy allows the s3:GetObject action'
const noResource = 'because no resource-based policy allows the s3:GetObject action'

describe('a user', () => {
  test.each([
    { who: 'allowed by its own policy', own: [allow('s3:*')], policy: undefined, why: undefined },
    { who: 'named by the bucket', own: [], policy: [{ ...allow('s3:*', arn), ...theUser }] },
    { who: 'in everybody', own: [], policy: [{ ...allow('s3:*', arn), ...everybody }] },
    {
      who: 'whose account alone is named',
      own: [],
      policy: [{ ...allow('s3:*', arn), ...theAccount }],
      why: noIdentity,
    },
    {
      who: 'not among those whom the bucket lets in, by its account',
      own: [],
      policy: [{ ...allow('s3:*', arn), NotPrincipal: theAccount.Principal }],
      why: noIdentity,
    },
    {
      who: 'denied by the bucket',
      own: [allow('s3:*')],
      policy: [{ ...deny('s3:*', arn), ...theAccount }],
      why: 'with an explicit deny in a resource-based policy',
    },
    {
      who: 'denied for it is no service',
      own: [allow('s3:*')],
      policy: [
        {
          ...deny('s3:*', arn),
          ...everybody,
          Condition: { Bool: { 'aws:PrincipalIsAWSService': 'false' } },
        },
      ],
      why: 'with an explicit deny in a resource-based policy',
    },
    {
      who: 'denied by its own policy',
      own: [deny('s3:*')],
      policy: [{ ...allow('s3:*', arn), ...everybody }],
      why: 'with an explicit deny in an identity-based policy',
    },
    { who: 'of whom nobody speaks', own: [], policy: undefined, why: noIdentity },
    {
      who: 'of another account whom both let in',
      own: [allow('s3:*')],
      policy: [{ ...allow('s3:*', arn), ...theAccount }],
      accountId: other,
    },
    {
      who: 'of another account whom only its own lets in',
      own: [allow('s3:*')],
      policy: undefined,
      accountId: other,
      why: noResource,
    },
    {
      who: 'of another account whom only the bucket lets in',
      own: [],
      policy: [{ ...allow('s3:*', arn), ...theUser }],
      accountId: other,
      why: noIdentity,
    },
  ])('$who', async ({ own, policy, accountId, why }) => {
    const account = await openAccount()
    const bob = await account.user('bob', ...own)
    const owner = {
      ...(accountId && { accountId }),
      ...(policy && { policy: policyOf(...policy) }),
    }
    const access = ask(account, bob, owner)
    const what = `${bob.arn} is not authorized to perform: s3:GetObject on resource: ${arn}`
    expect(access).toEqual(
      why === undefined ? { allowed: true } : { allowed: false, message: `User: ${what} ${why}` },
    )
  })
})

test('a root is denied by a bucket of its own, but never its policy', async () => {
  const account = await openAccount()
  const policy = policyOf({ ...deny('s3:*', '*'), ...everybody })
  const owner = { policy, neverDenied: ['s3:PutBucketPolicy'] }
  expect(ask(account, account.root, owner)).toMatchObject({ allowed: false })
  expect(ask(account, account.root, owner, 's3:PutBucketPolicy')).toEqual({ allowed: true })
  const stranger = { ...owner, accountId: other }
  expect(ask(account, account.root, stranger, 's3:PutBucketPolicy').allowed).toBe(false)
})

describe('a service', () => {
  const policy = policyOf({
    ...allow('s3:PutObject', 'arn:aws:s3:::logs/AWSLogs/*'),
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Condition: {
      StringEquals: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': 'arn:a' },
    },
  })
  const request: ServiceRequest = {
    service: 'cloudtrail.amazonaws.com',
    action: 's3:PutObject',
    resource: 'arn:aws:s3:::logs/AWSLogs/1/a.json.gz',
    keys: { 's3:x-amz-acl': 'bucket-owner-full-control', 'aws:SourceArn': 'arn:a' },
  }

  test.each<{ what: string; as?: Partial<ServiceRequest>; policy?: string; is: boolean }>([
    { what: 'asks for what it is given', is: true },
    { what: 'is another', as: { service: 'config.amazonaws.com' }, is: false },
    { what: 'asks for another action', as: { action: 's3:GetObject' }, is: false },
    { what: 'asks elsewhere', as: { resource: 'arn:aws:s3:::logs/a' }, is: false },
    { what: 'comes for another trail', as: { keys: { 'aws:SourceArn': 'arn:b' } }, is: false },
    {
      what: 'is denied by name',
      policy: policyOf(
        { ...allow('*', '*'), ...everybody },
        { ...deny('*', '*'), Principal: { Service: ['cloudtrail.amazonaws.com'] } },
      ),
      is: false,
    },
    { what: 'is in everybody', policy: policyOf({ ...allow('*', '*'), ...everybody }), is: true },
  ])('that $what: $is', ({ as, policy: other, is }) => {
    expect(serviceMay(other ?? policy, { ...request, ...as })).toBe(is)
  })

  test('is not let in where there is no policy', () => {
    expect(serviceMay(undefined, request)).toBe(false)
  })
})
