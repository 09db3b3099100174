/** Operations of API version 2015-03-01 by verb, the last whose SOAP messages were published. */
const byVerb: Readonly<Record<string, string>> = {
  Accept: 'VpcPeeringConnection',
  Allocate: 'Address',
  Assign: 'PrivateIpAddresses',
  Associate: 'Address DhcpOptions RouteTable',
  Attach: 'ClassicLinkVpc InternetGateway NetworkInterface Volume VpnGateway',
  Authorize: 'SecurityGroupEgress SecurityGroupIngress',
  Bundle: 'Instance',
  Cancel:
    'BundleTask ConversionTask ExportTask ImportTask ReservedInstancesListing ' +
    'SpotInstanceRequests',
  Confirm: 'ProductInstance',
  Copy: 'Image Snapshot',
  Create:
    'CustomerGateway DhcpOptions Image InstanceExportTask InternetGateway ' +
    'KeyPair NetworkAcl NetworkAclEntry NetworkInterface PlacementGroup ' +
    'ReservedInstancesListing Route RouteTable SecurityGroup Snapshot ' +
    'SpotDatafeedSubscription Subnet Tags Volume Vpc VpcPeeringConnection ' +
    'VpnConnection VpnConnectionRoute VpnGateway',
  Delete:
    'CustomerGateway DhcpOptions InternetGateway KeyPair NetworkAcl ' +
    'NetworkAclEntry NetworkInterface PlacementGroup Route RouteTable ' +
    'SecurityGroup Snapshot SpotDatafeedSubscription Subnet Tags Volume Vpc ' +
    'VpcPeeringConnection VpnConnection VpnConnectionRoute VpnGateway',
  Deregister: 'Image',
  Describe:
    'AccountAttributes Addresses AvailabilityZones BundleTasks ' +
    'ClassicLinkInstances ConversionTasks CustomerGateways DhcpOptions ' +
    'ExportTasks ImageAttribute Images ImportImageTasks ImportSnapshotTasks ' +
    'InstanceAttribute InstanceStatus Instances InternetGateways KeyPairs ' +
    'NetworkAcls NetworkInterfaceAttribute NetworkInterfaces PlacementGroups ' +
    'Regions ReservedInstances ReservedInstancesListings ' +
    'ReservedInstancesModifications ReservedInstancesOfferings RouteTables ' +
    'SecurityGroups SnapshotAttribute Snapshots SpotDatafeedSubscription ' +
    'SpotInstanceRequests SpotPriceHistory Subnets Tags VolumeAttribute ' +
    'VolumeStatus Volumes VpcAttribute VpcClassicLink VpcPeeringConnections ' +
    'Vpcs VpnConnections VpnGateways',
  Detach: 'ClassicLinkVpc InternetGateway NetworkInterface Volume VpnGateway',
  Disable: 'VgwRoutePropagation VpcClassicLink',
  Disassociate: 'Address RouteTable',
  Enable: 'VgwRoutePropagation VolumeIO VpcClassicLink',
  Get: 'ConsoleOutput PasswordData',
  Import: 'Image Instance KeyPair Snapshot Volume',
  Modify:
    'ImageAttribute InstanceAttribute NetworkInterfaceAttribute ' +
    'ReservedInstances SnapshotAttribute SubnetAttribute VolumeAttribute ' +
    'VpcAttribute',
  Monitor: 'Instances',
  Purchase: 'ReservedInstancesOffering',
  Reboot: 'Instances',
  Register: 'Image',
  Reject: 'VpcPeeringConnection',
  Release: 'Address',
  Replace: 'NetworkAclAssociation NetworkAclEntry Route RouteTableAssociation',
  Report: 'InstanceStatus',
  Request: 'SpotInstances',
  Reset: 'ImageAttribute InstanceAttribute NetworkInterfaceAttribute ' + 'SnapshotAttribute',
  Revoke: 'SecurityGroupEgress SecurityGroupIngress',
  Run: 'Instances',
  Start: 'Instances',
  Stop: 'Instances',
  Terminate: 'Instances',
  Unassign: 'PrivateIpAddresses',
  Unmonitor: 'Instances',
}

/** Operations whose records have the form of SOAP messages. */
export const oldOperations: ReadonlySet<string> = new Set(
  Object.entries(byVerb).flatMap(([verb, objects]) =>
    objects.split(' ').map((object) => `${verb}${object}`),
  ),
)

/**
 * How those messages name a list and its items, by the list's name in the query: `InstanceId.1` is
 * `instancesSet: { items: [{ instanceId }] }`. With an operation or shape before it where only that has it.
 * A list that is not here adds `Set` to its name.
 */
const sets: Readonly<Record<string, string>> = {
  Add: 'add',
  AssociatedSubnetId: 'associatedSubnetIdSet.subnetId',
  AttributeName: 'accountAttributeNameSet.attributeName',
  AllocationId: 'allocationIdsSet.allocationId',
  BillingProduct: 'billingProductSet.billingProduct',
  BlockDeviceMapping: 'blockDeviceMapping',
  BundleId: 'bundlesSet.bundleId',
  CustomerGatewayId: 'customerGatewaySet.customerGatewayId',
  DhcpConfiguration: 'dhcpConfigurationSet',
  'DescribePlacementGroups.GroupId': 'placementGroupIdSet.groupId',
  'DescribePlacementGroups.GroupName': 'placementGroupSet.groupName',
  DhcpOptionsId: 'dhcpOptionsSet.dhcpOptionsId',
  ExecutableBy: 'executableBySet.user',
  Filters: 'filterSet',
  GroupId: 'securityGroupIdSet.groupId',
  GroupName: 'securityGroupSet.groupName',
  Groups: 'groups',
  ImageId: 'imagesSet.imageId',
  InstanceId: 'instancesSet.instanceId',
  IpPermissions: 'ipPermissions',
  IpRanges: 'ipRanges',
  Ipv6Ranges: 'ipv6Ranges',
  KeyName: 'keySet.keyName',
  'ModifyInstanceAttribute.GroupId': 'groupSet.groupId',
  NetworkInterface: 'networkInterfaceSet',
  Owner: 'ownersSet.owner',
  PrefixListIds: 'prefixListIds',
  PrivateIpAddress: 'privateIpAddressesSet.privateIpAddress',
  PrivateIpAddresses: 'privateIpAddressesSet',
  PublicIp: 'publicIpsSet.publicIp',
  RegionName: 'regionSet.regionName',
  Remove: 'remove',
  ResourceId: 'resourcesSet.resourceId',
  RestorableBy: 'sharedUsersSet.user',
  SecurityGroupId: 'groupSet.groupId',
  SecurityGroup: 'groupSet.groupName',
  SnapshotId: 'snapshotSet.snapshotId',
  SubnetId: 'subnetSet.subnetId',
  'TagSpecification.Tag': 'tags',
  VolumeId: 'volumeSet.volumeId',
  VpcId: 'vpcSet.vpcId',
  VpnConnectionId: 'vpnConnectionSet.vpnConnectionId',
  VpnGatewayId: 'vpnGatewaySet.vpnGatewayId',
  ZoneId: 'availabilityZoneIdSet.zoneId',
  ZoneName: 'availabilityZoneSet.zoneName',
}

/** The list's name in a message, and that of an item which is no structure. */
export function setOf(owner: string, wire: string): { set: string; item: string } {
  const [set, item] = (sets[`${owner}.${wire}`] ?? sets[wire] ?? '').split('.')
  const name = wire.charAt(0).toLowerCase() + wire.slice(1)
  return { set: set || `${name}Set`, item: item ?? name }
}

/** Lists that a message has also when they are empty, by the operation or shape they are of. */
const required: Readonly<Record<string, readonly string[]>> = {
  AuthorizeSecurityGroupEgress: ['IpPermissions'],
  AuthorizeSecurityGroupIngress: ['IpPermissions'],
  CreateNetworkInterface: ['SecurityGroupId'],
  IpPermission: ['Groups', 'IpRanges', 'Ipv6Ranges', 'PrefixListIds'],
  RevokeSecurityGroupEgress: ['IpPermissions'],
  RevokeSecurityGroupIngress: ['IpPermissions'],
  RunInstances: ['BlockDeviceMapping'],
}

/** Lists that select what is described, and are not there when nothing is selected. */
const optional = new Set(['DescribeAvailabilityZones.Filter', 'DescribeRegions.Filter'])

/** What messages always have, though the query has no such parameter any more. */
export const alwaysThere: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  DescribeAccountAttributes: { filterSet: {} },
}

/** Numbers that messages have as texts, by operation. */
const texts: Readonly<Record<string, string>> = {
  CreateSnapshot: 'volumeSize',
  CreateVolume: 'size',
}

/** Members of an operation with that number as its message has it. */
export function withTexts(
  operation: string,
  members: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const name = texts[operation]
  return name && name in members ? { ...members, [name]: String(members[name]) } : members
}

/** Sets whose items are under `item`, as in XML: by operation, or in every answer. */
const sameAsXml = new Set(['DescribeVpcClassicLink.vpcSet', '.privateIpAddressesSet'])

/** The member that a set's items are under; `operation` is empty for an answer. */
export function itemsIn(operation: string, set: string): 'item' | 'items' {
  return sameAsXml.has(`${operation}.${set}`) ? 'item' : 'items'
}

/** Answers that say `return` beside something else; the models do not have it. */
export const returning: ReadonlySet<string> = new Set([
  'AssociateAddress',
  'AuthorizeSecurityGroupEgress',
  'AuthorizeSecurityGroupIngress',
  'CreateSecurityGroup',
])

/** Whether a list that nobody sent is recorded as `{}`: all that select what is described are. */
export function isRequired(owner: string, wire: string): boolean {
  if (owner.startsWith('Describe')) return !optional.has(`${owner}.${wire}`)
  return required[owner]?.includes(wire) ?? false
}
