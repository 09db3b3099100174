import { ApiError } from '../../errors.ts'
import type {
  AdvancedEventSelector,
  AdvancedFieldSelector,
  DataResource,
  EventSelector,
} from '../../gen/cloudtrail-types.ts'
import type { AdvancedSelector, BasicSelector, FieldSelector } from '../contract.ts'
import { allOf } from './data-resources.ts'
import { isArnOf, operators, trailCategories } from './fields.ts'

/** Of one trail (`core.md` 2.10). */
const selectorsMax = 5
const dataResourcesMax = 250
const valuesMax = 500

const readWriteTypes = ['All', 'ReadOnly', 'WriteOnly']
const excludable = ['kms.amazonaws.com', 'rdsdata.amazonaws.com']

/** What each type's values may be besides `all of them`: an ARN, a bucket or a prefix in it. */
const valuesByType: Readonly<Record<string, RegExp>> = {
  'AWS::S3::Object': /^arn:aws:s3:::([^/*]+\/[^*]*)?$/,
  'AWS::Lambda::Function': /^arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(:[\w$-]+)?$/,
  'AWS::DynamoDB::Table': /^arn:aws:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]+$/,
}

/**
 * Basic selectors with their defaults. Throws InvalidEventSelectorsException for what AWS refuses.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html
 */
export function checkBasic(input: readonly EventSelector[]): BasicSelector[] {
  if (input.length < 1 || input.length > selectorsMax) {
    throw invalid(`A trail has 1 to ${selectorsMax} event selectors; ${input.length} were given.`)
  }
  const selectors = input.map(checkOneBasic)
  const values = selectors.flatMap(({ DataResources }) =>
    DataResources.flatMap(({ Type, Values }) => Values.filter((value) => !allOf(Type, value))),
  )
  if (values.length > dataResourcesMax) {
    throw invalid(`A trail has at most ${dataResourcesMax} data resources in its event selectors.`)
  }
  return selectors
}

function checkOneBasic({
  ReadWriteType = 'All',
  IncludeManagementEvents = true,
  DataResources = [],
  ExcludeManagementEventSources = [],
}: EventSelector): BasicSelector {
  if (!readWriteTypes.includes(ReadWriteType)) throw invalidValue(ReadWriteType, 'ReadWriteType')
  for (const source of ExcludeManagementEventSources) {
    if (!excludable.includes(source)) throw invalidValue(source, 'ExcludeManagementEventSources')
  }
  if (!IncludeManagementEvents && ExcludeManagementEventSources.length > 0) {
    throw invalid('ExcludeManagementEventSources needs IncludeManagementEvents to be true.')
  }
  if (!IncludeManagementEvents && DataResources.length === 0) {
    throw invalid(
      'Invalid combination of parameters in EventSelectors. ' +
        'When includeManagementEvents is false, DataResources must not be empty.',
    )
  }
  return {
    ReadWriteType,
    IncludeManagementEvents,
    DataResources: DataResources.map(checkDataResource),
    ExcludeManagementEventSources,
  }
}

function checkDataResource({ Type = '', Values = [] }: DataResource) {
  if (!Object.hasOwn(valuesByType, Type)) throw invalidValue(Type, 'DataResources.Type')
  if (Values.length === 0) throw invalid(`DataResources.Values of ${Type} has no value.`)
  for (const value of Values) {
    const isValid = allOf(Type, value) || valuesByType[Type]!.test(value)
    if (!isValid) throw invalidValue(value, 'DataResources.Values')
  }
  return { Type, Values }
}

/**
 * Advanced selectors of a trail as they are kept: operators without a value are left out. Throws
 * InvalidEventSelectorsException for what AWS refuses.
 *
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedEventSelector.html
 */
export function checkAdvanced(input: readonly AdvancedEventSelector[]): AdvancedSelector[] {
  const selectors = input.map(checkOneAdvanced)
  const values = selectors.flatMap(({ FieldSelectors }) => FieldSelectors.flatMap(valuesOf))
  if (values.length > valuesMax) {
    throw invalid(`Advanced event selectors of a trail have at most ${valuesMax} values in all.`)
  }
  const categories = selectors.map((selector) => equalTo(selector.FieldSelectors, 'eventCategory'))
  if (categories.filter((category) => category === 'Management').length > 1) {
    throw invalid('A trail has one advanced event selector for management events at most.')
  }
  return selectors
}

function checkOneAdvanced({ Name, FieldSelectors }: AdvancedEventSelector): AdvancedSelector {
  if (Name !== undefined && Name.length > 1000) throw invalidValue(Name, 'Name')
  const fields = FieldSelectors.map(withoutEmpty)
  const names = fields.map(({ Field }) => Field)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw invalid(`Field ${twice} is in a selector more than once.`)
  const category = checkCategory(fields)
  for (const field of fields) checkField(field, category, fields)
  const missing = trailCategories[category]!.required.find((name) => !names.includes(name))
  if (missing !== undefined) {
    throw invalid(`A selector of ${category} events needs the field ${missing}.`)
  }
  return { ...(Name !== undefined && { Name }), FieldSelectors: fields }
}

function withoutEmpty(field: AdvancedFieldSelector): FieldSelector {
  const given = operators.flatMap((operator) => {
    const values = field[operator]
    return values?.length ? [[operator, values] as const] : []
  })
  if (given.length === 0) throw invalid(`Field ${field.Field} has no operator with a value.`)
  return { Field: field.Field, ...Object.fromEntries(given) }
}

/** The category, which every selector names with `Equals` and one value. */
function checkCategory(fields: readonly FieldSelector[]): string {
  const field = fields.find(({ Field }) => Field === 'eventCategory')
  if (!field) throw invalid('Every advanced event selector needs the field eventCategory.')
  const [category] = field.Equals ?? []
  if (category === undefined || valuesOf(field).length > 1) {
    throw invalid('Field eventCategory takes Equals with one value and no other operator.')
  }
  if (!Object.hasOwn(trailCategories, category)) throw invalidValue(category, 'eventCategory')
  return category
}

function checkField(
  field: FieldSelector,
  category: string,
  fields: readonly FieldSelector[],
): void {
  const { Field } = field
  if (Field === 'eventCategory') return
  const { fields: allowed } = trailCategories[category]!
  if (!Object.hasOwn(allowed, Field)) {
    throw invalid(`Field ${Field} cannot be used in a selector of ${category} events of a trail.`)
  }
  const rule = allowed[Field]!
  for (const operator of operators) {
    if (field[operator] && rule.operators && !rule.operators.includes(operator)) {
      throw invalid(`Field ${Field} does not take the operator ${operator}.`)
    }
  }
  const values = valuesOf(field)
  if (rule.single && values.length > 1) throw invalid(`Field ${Field} takes one value.`)
  for (const value of values) {
    const isValid = value !== '' && value.length <= 2048 && (rule.values?.test(value) ?? true)
    if (!isValid) throw invalidValue(value, Field)
  }
  refuseConflicts(field)
  if (Field === 'resources.ARN') checkArns(field, equalTo(fields, 'resources.type') ?? '')
}

/** A value that is selected and deselected by the same comparison. */
function refuseConflicts(field: FieldSelector): void {
  for (const operator of ['Equals', 'StartsWith', 'EndsWith'] as const) {
    const both = field[operator]?.find((value) => field[`Not${operator}`]?.includes(value))
    if (both !== undefined) {
      throw invalid(`Value ${both} of ${field.Field} is in ${operator} and in Not${operator}.`)
    }
  }
}

/** Parts of an ARN may be compared with anything, whole ones only with what can be one. */
function checkArns({ Field, Equals = [], NotEquals = [] }: FieldSelector, type: string): void {
  for (const value of [...Equals, ...NotEquals]) {
    if (!isArnOf(type, value)) throw invalidValue(value, Field)
  }
}

function valuesOf(field: FieldSelector): string[] {
  return operators.flatMap((operator) => field[operator] ?? [])
}

function equalTo(fields: readonly FieldSelector[], name: string): string | undefined {
  return fields.find(({ Field }) => Field === name)?.Equals?.[0]
}

function invalidValue(value: string, member: string): ApiError {
  return invalid(`Value ${value} for ${member} is invalid.`)
}

function invalid(reason: string): ApiError {
  return new ApiError('InvalidEventSelectorsException', reason)
}
