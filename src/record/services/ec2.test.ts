// The two forms of EC2's records, as in `capture-and-neighbours.md` A.3.
import { describe, expect, test } from 'vitest'
import type { CapturedExchange, CapturedModel } from '../captured.ts'
import { ec2Elements, ec2Parameters } from './ec2.ts'

type Members = Readonly<Record<string, { shape: string; locationName?: string }>>

const structure = (members: Members) => ({ type: 'structure' as const, members })
const list = (member: string, memberName?: string) => ({
  type: 'list' as const,
  member,
  memberName,
})

const shapes: CapturedModel['shapes'] = {
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
  Integer: { type: 'integer' },
  Time: { type: 'timestamp' },
  Secret: { type: 'string', sensitive: true },
  Strings: list('String', 'item'),
  Filters: list('Filter', 'Filter'),
  Filter: structure({
    Name: { shape: 'String' },
    Values: { shape: 'Strings', locationName: 'Value' },
  }),
  Tags: list('Tag', 'item'),
  Tag: structure({
    Key: { shape: 'String', locationName: 'key' },
    Value: { shape: 'String', locationName: 'value' },
  }),
  TagSpecifications: list('TagSpecification', 'item'),
  TagSpecification: structure({
    ResourceType: { shape: 'String', locationName: 'resourceType' },
    Tags: { shape: 'Tags', locationName: 'Tag' },
  }),
  Instances: list('Instance', 'item'),
  Instance: structure({
    InstanceId: { shape: 'String', locationName: 'instanceId' },
    LaunchTime: { shape: 'Time', locationName: 'launchTime' },
    Tags: { shape: 'Tags', locationName: 'tagSet' },
  }),
}

function exchange(
  operation: string,
  {
    input = {},
    parameters,
    output,
    answered,
  }: Partial<{
    input: Members
    parameters: Record<string, unknown>
    output: Members
    answered: Record<string, unknown>
  }>,
): CapturedExchange {
  const model = {
    apiVersion: '2016-11-15',
    operations: { [operation]: { input: 'In', output: output && 'Out', errors: [] } },
    shapes: { ...shapes, In: structure(input), ...(output && { Out: structure(output) }) },
    errors: {},
  }
  return {
    call: { operation, model },
    parameters: { members: parameters },
    answer: { status: 200, requestId: 'r', members: answered },
  } as unknown as CapturedExchange
}

type Row = Readonly<{
  is: string
  operation: string
  input: Members
  parameters: Record<string, unknown>
  shown: unknown
}>

describe('parameters in the old form', () => {
  const describing: Members = {
    InstanceIds: { shape: 'Strings', locationName: 'InstanceId' },
    Filters: { shape: 'Filters', locationName: 'Filter' },
    MaxResults: { shape: 'Integer', locationName: 'maxResults' },
  }
  test.each<Row>([
    {
      is: 'what selects nothing is there',
      operation: 'DescribeInstances',
      input: describing,
      parameters: {},
      shown: { instancesSet: {}, filterSet: {} },
    },
    {
      is: 'lists are sets of items',
      operation: 'DescribeInstances',
      input: describing,
      parameters: { InstanceIds: ['i-1'], Filters: [{ Name: 'n', Values: ['v'] }], MaxResults: 5 },
      shown: {
        instancesSet: { items: [{ instanceId: 'i-1' }] },
        filterSet: { items: [{ name: 'n', valueSet: { items: [{ value: 'v' }] } }] },
        maxResults: 5,
      },
    },
    {
      is: 'what is launched is an item',
      operation: 'RunInstances',
      input: {
        ImageId: { shape: 'String' },
        MinCount: { shape: 'Integer' },
        MaxCount: { shape: 'Integer' },
        InstanceType: { shape: 'String' },
        UserData: { shape: 'Secret' },
        TagSpecifications: { shape: 'TagSpecifications', locationName: 'TagSpecification' },
      },
      parameters: {
        ImageId: 'ami-1',
        MinCount: 1,
        MaxCount: 2,
        InstanceType: 't3.micro',
        UserData: 'c2VjcmV0',
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'true' }] }],
      },
      shown: {
        instancesSet: { items: [{ imageId: 'ami-1', minCount: 1, maxCount: 2 }] },
        instanceType: 't3.micro',
        userData: '<sensitiveDataRemoved>',
        tagSpecificationSet: {
          items: [{ resourceType: 'instance', tags: [{ key: 'a', value: 'true' }] }],
        },
      },
    },
    { is: 'nothing is null', operation: 'StopInstances', input: {}, parameters: {}, shown: null },
  ])('$is: $operation', ({ operation, input, parameters, shown }) => {
    const made = ec2Parameters(exchange(operation, { input, parameters }))
    expect(JSON.parse(JSON.stringify(made))).toEqual(shown)
  })
})

describe('parameters in the new form', () => {
  const input: Members = {
    ResourceIds: { shape: 'Strings', locationName: 'ResourceId' },
    Filters: { shape: 'Filters', locationName: 'Filter' },
    TagSpecifications: { shape: 'TagSpecifications', locationName: 'TagSpecification' },
  }
  test.each([
    { is: 'nothing is an empty text', parameters: {}, shown: '' },
    {
      is: 'an item has its number',
      parameters: { ResourceIds: ['vpc-1'] },
      shown: { ResourceId: { tag: 1, content: 'vpc-1' } },
    },
    {
      is: 'several are a list, and texts that look like booleans are such',
      parameters: {
        TagSpecifications: [
          {
            ResourceType: 'x',
            Tags: [
              { Key: 'a', Value: 'true' },
              { Key: 'b', Value: '5' },
            ],
          },
        ],
      },
      shown: {
        TagSpecification: {
          tag: 1,
          ResourceType: 'x',
          Tag: [
            { tag: 1, Key: 'a', Value: true },
            { tag: 2, Key: 'b', Value: 5 },
          ],
        },
      },
    },
  ])('$is', ({ parameters, shown }) => {
    expect(ec2Parameters(exchange('CreateFlowLogs', { input, parameters }))).toEqual({
      CreateFlowLogsRequest: shown,
    })
  })
})

describe('answers', () => {
  const output: Members = {
    Instances: { shape: 'Instances', locationName: 'instancesSet' },
    Return: { shape: 'Boolean', locationName: 'return' },
  }
  const launched = { InstanceId: 'i-1', LaunchTime: new Date(1_688_991_086_923), Tags: [] }
  test.each([
    {
      is: 'nothing but done',
      operation: 'DeleteVpc',
      shown: { requestId: 'r', _return: true },
    },
    { is: 'what could not be read', operation: 'RunInstances', output, shown: null },
    {
      is: 'the old form',
      operation: 'RunInstances',
      output,
      answered: { Instances: [launched] },
      shown: {
        requestId: 'r',
        instancesSet: { items: [{ instanceId: 'i-1', launchTime: 1_688_991_086_923, tagSet: {} }] },
      },
    },
    {
      is: 'the new form',
      operation: 'CreateFleet',
      output,
      answered: { Instances: [launched], Return: true },
      shown: {
        CreateFleetResponse: {
          xmlns: 'http://ec2.amazonaws.com/doc/2016-11-15/',
          requestId: 'r',
          instancesSet: {
            item: { instanceId: 'i-1', launchTime: '2023-07-10T12:11:26.923Z', tagSet: '' },
          },
          _return: true,
        },
      },
    },
  ])('$is: $operation', ({ operation, output, answered, shown }) => {
    expect(ec2Elements(exchange(operation, { output, answered }))).toEqual(shown)
  })
})
