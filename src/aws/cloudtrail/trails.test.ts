// Trails: made, shown, listed, changed and deleted; each refusal in AWS's words.
import { beforeEach, describe, expect, test } from 'vitest'
import { accountId } from '../../../test/account.ts'
import { arnOf, openTrailAccount, type TrailAccount } from '../../../test/trail-account.ts'

let t: TrailAccount
beforeEach(async () => {
  t = await openTrailAccount()
})

const bucket = { S3BucketName: 'logs' }
const make = (Name: string, settings: object = {}, region?: string) =>
  t.call('CreateTrail', { Name, ...bucket, ...settings }, { region })
const describeTrails = async (input: object = {}, region?: string) =>
  (await t.call('DescribeTrails', input, { region })).trailList
const plain = {
  Name: 'one',
  S3BucketName: 'logs',
  IncludeGlobalServiceEvents: true,
  IsMultiRegionTrail: false,
  TrailARN: arnOf('one'),
  LogFileValidationEnabled: false,
  IsOrganizationTrail: false,
  RecursiveLogging: false,
}
const shown = {
  ...plain,
  HomeRegion: 'us-east-1',
  HasCustomEventSelectors: false,
  HasInsightSelectors: false,
}

describe('a trail', () => {
  test('is made, shown by name and ARN, listed and deleted', async () => {
    expect(await make('one')).toEqual(plain)
    expect(t.checked).toEqual([
      { bucket: 'logs', prefix: '', trailArn: arnOf('one'), accountId, region: 'us-east-1' },
    ])
    for (const Name of ['one', arnOf('one')]) {
      expect(await t.call('GetTrail', { Name })).toEqual({ Trail: shown })
      expect(await describeTrails({ trailNameList: [Name] })).toEqual([shown])
    }
    expect(await describeTrails()).toEqual([shown])
    expect(await t.call('ListTrails')).toEqual({
      Trails: [{ TrailARN: arnOf('one'), Name: 'one', HomeRegion: 'us-east-1' }],
    })
    expect(await t.call('DeleteTrail', { Name: arnOf('one') })).toEqual({})
    expect(await t.refusal('DeleteTrail', { Name: 'one' })).toBe(
      `TrailNotFoundException: Unknown trail: ${arnOf('one')} for the user: ${accountId}`,
    )
    expect(await describeTrails({ trailNameList: [arnOf('one'), 'one'] })).toEqual([])
    expect([...t.trails()]).toEqual([])
  })

  test('is recorded by its ARN, however it is named', async () => {
    await make('one')
    const recorded = [{ ARN: arnOf('one'), accountId, type: 'AWS::CloudTrail::Trail' }]
    expect(t.recorded).toEqual(recorded)
    for (const Name of ['one', arnOf('one')]) {
      await t.call('StartLogging', { Name })
      expect(t.recorded).toEqual(recorded)
    }
  })

  test('has all its settings echoed', async () => {
    const made = await make('one', {
      S3KeyPrefix: 'a/b/',
      IsMultiRegionTrail: true,
      EnableLogFileValidation: true,
      RecursiveLogging: true,
      SnsTopicName: '',
      KmsKeyId: '',
      IsOrganizationTrail: false,
    })
    expect(made).toEqual({
      ...plain,
      S3KeyPrefix: 'a/b',
      IsMultiRegionTrail: true,
      LogFileValidationEnabled: true,
      RecursiveLogging: true,
    })
  })

  test('named twice is described once', async () => {
    await make('one')
    expect(await describeTrails({ trailNameList: ['one', arnOf('one')] })).toHaveLength(1)
  })

  test('made anew under the same name is another one', async () => {
    await make('one')
    await t.call('DeleteTrail', { Name: 'one' })
    await make('one')
    expect([...t.changes().values()].map((changes) => changes.map((one) => one.version))).toEqual([
      [1, 2],
      [1],
    ])
  })

  test('made twice at once meets itself', async () => {
    const ends = await Promise.allSettled([make('one'), make('one')])
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })
})

describe('UpdateTrail', () => {
  beforeEach(() => make('one', { S3KeyPrefix: 'p', EnableLogFileValidation: true }))
  const update = (settings: object) => t.call('UpdateTrail', { Name: arnOf('one'), ...settings })
  const before = { ...plain, S3KeyPrefix: 'p', LogFileValidationEnabled: true }

  test('keeps what is not given', async () => {
    expect(await update({})).toEqual(before)
    expect(await update({ IncludeGlobalServiceEvents: false })).toEqual({
      ...before,
      IncludeGlobalServiceEvents: false,
    })
    expect(await update({ S3BucketName: 'other', RecursiveLogging: true })).toEqual({
      ...before,
      S3BucketName: 'other',
      IncludeGlobalServiceEvents: false,
      RecursiveLogging: true,
    })
  })

  test('clears with an empty text', async () => {
    const cleared = {
      S3KeyPrefix: '',
      SnsTopicName: '',
      KmsKeyId: '',
      CloudWatchLogsLogGroupArn: '',
      CloudWatchLogsRoleArn: '',
    }
    const { S3KeyPrefix: _, ...rest } = before
    expect(await update(cleared)).toEqual(rest)
  })

  test('asks the bucket again, as it would be', async () => {
    await update({ S3KeyPrefix: 'q' })
    expect(t.checked.at(-1)).toMatchObject({ bucket: 'logs', prefix: 'q' })
    t.refusals.set('logs', 'AccessDenied')
    expect(await t.refusal('UpdateTrail', { Name: 'one' })).toMatch(/^InsufficientS3BucketPolicy/)
  })

  test('turning multi-Region turns global service events on; turning back keeps them', async () => {
    await update({ IncludeGlobalServiceEvents: false })
    const multi = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: true }
    expect(await update({ IsMultiRegionTrail: true })).toMatchObject(multi)
    expect(await update({ IsMultiRegionTrail: false })).toMatchObject({
      IsMultiRegionTrail: false,
      IncludeGlobalServiceEvents: true,
    })
  })

  test.each([
    { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false },
    { IncludeGlobalServiceEvents: false },
  ])('a multi-Region trail includes global service events: %o', async (settings) => {
    if (!settings.IsMultiRegionTrail) await update({ IsMultiRegionTrail: true })
    expect(await t.refusal('UpdateTrail', { Name: 'one', ...settings })).toBe(
      'InvalidParameterCombinationException: ' +
        'Multi-Region trail must include global service events.',
    )
  })
})

test('a trail whose bucket fails is not changed without end; it can be deleted', async () => {
  await make('one')
  const { id } = [...t.trails().values()][0]!
  const tx = t.account.state.begin()
  for (let i = 1; i < 1_000; i++) tx.put('trail-change', `${id}/earlier-${i}`, { version: i })
  await t.account.state.commit(tx)
  for (const [name, input] of [
    ['StartLogging', { Name: 'one' }],
    ['UpdateTrail', { Name: 'one', S3KeyPrefix: 'p' }],
    ['AddTags', { ResourceId: arnOf('one'), TagsList: [{ Key: 'a' }] }],
  ] as const) {
    expect(await t.refusal(name, input)).toBe(
      `ConflictException: Trail ${arnOf('one')} was changed 1000 times since its last log file. Try again later.`,
    )
  }
  await t.call('DeleteTrail', { Name: 'one' })
})

describe('Regions', () => {
  beforeEach(async () => {
    await make('multi', { IsMultiRegionTrail: true })
    await make('single')
  })
  const home = ['multi', 'single']
  const namesIn = async (region: string, input: object = {}) =>
    (await describeTrails(input, region)).map((trail: { Name: string }) => trail.Name)

  test('each sees its own trails and the shadows of multi-Region ones', async () => {
    expect(await namesIn('us-east-1')).toEqual(home)
    expect(await namesIn('eu-west-1')).toEqual(['multi'])
    const shadow = await describeTrails({ trailNameList: [arnOf('multi')] }, 'eu-west-1')
    expect(shadow).toMatchObject([{ HomeRegion: 'us-east-1', TrailARN: arnOf('multi') }])
    expect(await namesIn('eu-west-1', { includeShadowTrails: false })).toEqual([])
    expect(await namesIn('us-east-1', { includeShadowTrails: false })).toEqual(home)
    await t.call('UpdateTrail', { Name: 'multi', IsMultiRegionTrail: false })
    expect(await namesIn('eu-west-1')).toEqual([])
  })

  test('a shadow is found by its ARN only', async () => {
    const elsewhere = { region: 'eu-west-1' }
    for (const name of ['GetTrail', 'GetTrailStatus']) {
      await t.call(name, { Name: arnOf('multi') }, elsewhere)
      expect(await t.refusal(name, { Name: 'multi' }, elsewhere)).toBe(
        `TrailNotFoundException: Unknown trail: ${arnOf('multi', 'eu-west-1')} for the user: ${accountId}`,
      )
      expect(await t.refusal(name, { Name: arnOf('single') }, elsewhere)).toBe(
        `TrailNotFoundException: Unknown trail: ${arnOf('single')} for the user: ${accountId}`,
      )
    }
    expect(await namesIn('eu-west-1', { trailNameList: ['multi', arnOf('single')] })).toEqual([])
  })

  test('a shadow does not take its name', async () => {
    await make('multi', {}, 'eu-west-1')
    expect(await namesIn('eu-west-1')).toEqual(['multi', 'multi'])
    const { Trail } = await t.call('GetTrail', { Name: 'multi' }, { region: 'eu-west-1' })
    expect(Trail.TrailARN).toBe(arnOf('multi', 'eu-west-1'))
  })

  test('ListTrails lists those of every Region', async () => {
    await make('third', {}, 'sa-east-1')
    const { Trails } = await t.call('ListTrails', {}, { region: 'eu-west-1' })
    expect(Trails.map((trail: { Name: string }) => trail.Name)).toEqual(['third', ...home])
  })

  test.each([
    ['UpdateTrail', 'Name', {}],
    ['DeleteTrail', 'Name', {}],
    ['StartLogging', 'Name', {}],
    ['StopLogging', 'Name', {}],
    ['PutEventSelectors', 'TrailName', { AdvancedEventSelectors: [] }],
    ['PutInsightSelectors', 'TrailName', { InsightSelectors: [] }],
    ['AddTags', 'ResourceId', { TagsList: [] }],
    ['RemoveTags', 'ResourceId', { TagsList: [] }],
  ])('%s changes a trail in its home Region only', async (name, member, rest) => {
    const input = { [member]: arnOf('multi'), ...rest }
    expect(await t.refusal(name, input, { region: 'eu-west-1' })).toBe(
      `InvalidHomeRegionException: The home Region of trail ${arnOf('multi')} is us-east-1; ` +
        'call the operation there, not in eu-west-1.',
    )
  })
})

describe('at most five trails in a Region', () => {
  const full = (region: string) =>
    `MaximumNumberOfTrailsExceededException: User: ${accountId} already has 5 trails in ${region}.`
  const create = (Name: string, rest: object = {}) => ({ Name, ...bucket, ...rest })

  test('counting shadows', async () => {
    for (let i = 0; i < 3; i++) await make(`multi-${i}`, { IsMultiRegionTrail: true })
    for (let i = 0; i < 2; i++) await make(`single-${i}`, {}, 'eu-west-1')
    const eu = { region: 'eu-west-1' }
    expect(await t.refusal('CreateTrail', create('sixth'), eu)).toBe(full('eu-west-1'))
    const multi = create('fourth', { IsMultiRegionTrail: true })
    expect(await t.refusal('CreateTrail', multi)).toBe(full('eu-west-1'))
    await make('fourth')
    const turned = { Name: 'fourth', IsMultiRegionTrail: true }
    expect(await t.refusal('UpdateTrail', turned)).toBe(full('eu-west-1'))
    expect(await t.refusal('CreateTrail', create('fourth'))).toMatch(/^TrailAlreadyExists/)
    await t.call('DeleteTrail', { Name: 'single-0' }, eu)
    await t.call('UpdateTrail', turned)
    await t.call('UpdateTrail', { ...turned, S3KeyPrefix: 'still' })
  })

  test('ListTrails pages where there are more than a hundred', async () => {
    const tx = t.account.state.begin()
    for (let i = 100; i < 250; i++) {
      const trail = { arn: `arn-${i}`, name: `n-${i}`, homeRegion: 'us-east-1' }
      tx.put('trail', `${accountId}/us-east-1/n-${i}`, trail)
    }
    await t.account.state.commit(tx)
    const first = await t.call('ListTrails')
    expect(first.Trails).toHaveLength(100)
    const second = await t.call('ListTrails', { NextToken: first.NextToken })
    expect(second.Trails).toHaveLength(50)
    expect(second.Trails[0].Name).toBe('n-200')
    expect(second.NextToken).toBeUndefined()
    expect(await t.refusal('ListTrails', { NextToken: `${first.NextToken}A` })).toMatch(
      /^InvalidNextTokenException/,
    )
  })
})

describe('a trail is refused', () => {
  const length = (count: number) => `Specified name length: ${count} characters.`
  const letters = 'uppercase letters, lowercase letters, numbers, periods (.), hyphens (-)'
  const adjacent = 'Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).'
  test.each([
    ['', `Trail name too short. Minimum allowed length: 3 characters. ${length(0)}`],
    ['ab', `Trail name too short. Minimum allowed length: 3 characters. ${length(2)}`],
    [
      'a'.repeat(129),
      `Trail name too long. Maximum allowed length: 128 characters. ${length(129)}`,
    ],
    ['-ab', 'Trail name must starts with a letter or number.'],
    ['ab.', 'Trail name must ends with a letter or number.'],
    ['a b', `Trail name or ARN can only contain ${letters}, and underscores (_).`],
    ['a/b', `Trail name or ARN can only contain ${letters}, and underscores (_).`],
    ['a--b', adjacent],
    ['a._b', adjacent],
    ['192.168.5.4', 'Trail name cannot look like an IP address.'],
  ])('by the name %j', async (Name, message) => {
    const refusal = `InvalidTrailNameException: ${message}`
    expect(await t.refusal('CreateTrail', { Name, ...bucket })).toBe(refusal)
    expect(await t.refusal('GetTrail', { Name })).toBe(refusal)
    expect(await t.refusal('DescribeTrails', { trailNameList: [Name] })).toBe(refusal)
  })

  test.each(['abc', 'a'.repeat(128), 'A.b-c_9', '1.2.3.4a'])('not by the name %s', async (Name) => {
    await make(Name)
  })

  test.each([
    'arn:',
    'arn:aws:cloudtrail:us-east-1:111122223333:trail',
    'arn:aws:cloudtrail:us-east-1:111122223333:trail/',
    'arn:aws:cloudtrail:us-east-1:111122223333:trail/a/b',
    'arn:aws:cloudtrail:us-east-1:999999999999:trail/one',
    'arn:aws:cloudtrail::111122223333:trail/one',
    'arn:aws-cn:cloudtrail:us-east-1:111122223333:trail/one',
    'arn:aws:s3:::one',
  ])('by the ARN %s', async (Name) => {
    await make('one')
    for (const name of [
      'GetTrail',
      'GetTrailStatus',
      'DeleteTrail',
      'StartLogging',
      'UpdateTrail',
    ]) {
      expect(await t.refusal(name, { Name })).toMatch(/^CloudTrailARNInvalidException: /)
    }
    expect(await t.refusal('DescribeTrails', { trailNameList: [Name] })).toMatch(
      /^CloudTrailARNInvalidException: /,
    )
  })

  test('by a name that is taken, as far as the words go', async () => {
    await make('one')
    expect(await t.refusal('CreateTrail', { Name: 'one', ...bucket })).toBe(
      `TrailAlreadyExistsException: Trail one already exists for customer: ${accountId}`,
    )
    await make('ONE')
  })

  test.each(['ab', 'A-bucket', 'a_b', 'a..b', 'a.-b', '-ab', 'ab-', '1.2.3.4', 'a'.repeat(64), ''])(
    'by the bucket name %j',
    async (S3BucketName) => {
      expect(await t.refusal('CreateTrail', { Name: 'one', S3BucketName })).toMatch(
        /^InvalidS3BucketNameException: /,
      )
    },
  )

  test.each(['a'.repeat(201), 'AWSLogs/', 'a/AWSLogs/b', 'a\0b', 'a\nb', '\ud800'])(
    'by the prefix %j',
    async (S3KeyPrefix) => {
      expect(await t.refusal('CreateTrail', { Name: 'one', ...bucket, S3KeyPrefix })).toMatch(
        /^InvalidS3PrefixException: /,
      )
    },
  )

  test.each([
    ['NoSuchBucket', 'S3BucketDoesNotExistException: S3 bucket logs does not exist!'],
    [
      'AccessDenied',
      'InsufficientS3BucketPolicyException: ' +
        'Incorrect S3 bucket policy is detected for bucket: logs',
    ],
    [
      undefined,
      'InvalidParameterException: ' +
        'S3 bucket logs could not be asked: its endpoint did not answer. Try again later.',
    ],
    [
      'SlowDown',
      'InvalidParameterException: ' +
        'S3 bucket logs cannot take log files: its endpoint answered SlowDown.',
    ],
  ])('when the bucket answers %s', async (code, refusal) => {
    t.refusals.set('logs', code)
    expect(await t.refusal('CreateTrail', { Name: 'one', ...bucket })).toBe(refusal)
    expect([...t.trails()]).toEqual([])
    expect([...t.changes()]).toEqual([])
  })

  test.each([
    ['SnsTopicName', 'a topic', 'InvalidSnsTopicNameException'],
    ['SnsTopicName', 'topic', 'InsufficientSnsTopicPolicyException'],
    ['SnsTopicName', 'arn:aws:sns:us-east-1:111122223333:t', 'InsufficientSnsTopicPolicyException'],
    ['KmsKeyId', 'alias/mine', 'KmsKeyNotFoundException'],
    ['CloudWatchLogsRoleArn', 'arn:aws:iam::1:role/r', 'InvalidCloudWatchLogsRoleArnException'],
    ['CloudWatchLogsLogGroupArn', 'arn', 'InvalidCloudWatchLogsLogGroupArnException'],
    ['IsOrganizationTrail', true, 'OrganizationsNotInUseException'],
  ])('when %s asks for %s, which is not built', async (member, value, code) => {
    const input = { Name: 'one', ...bucket, [member]: value }
    expect(await t.refusal('CreateTrail', input)).toMatch(new RegExp(`^${code}: `))
    await make('two')
    const refusal = await t.refusal('UpdateTrail', { Name: 'two', [member]: value })
    expect(refusal).toMatch(new RegExp(`^${code}: `))
    expect(refusal).not.toContain('Access denied.')
    if (value !== 'a topic') expect(refusal).toMatch(/not built yet\.$/)
  })

  test('when it is multi-Region and leaves global service events out', async () => {
    const input = { IsMultiRegionTrail: true, IncludeGlobalServiceEvents: false }
    expect(await t.refusal('CreateTrail', { Name: 'one', ...bucket, ...input })).toMatch(
      /^InvalidParameterCombinationException: /,
    )
  })
})
