import type { Member, ServiceModel } from '../gen/model.ts'
import type { FormTree } from '../wire/form.ts'
import { parseScalar } from '../wire/text-scalar.ts'

/**
 * What stands below a name in an EC2 form, as the shape has it: names begin with a capital and a list's
 * items stand where the list would. What has the wrong type stays the text that it is.
 *
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
export function readEc2Form(tree: FormTree, shapeName: string, model: ServiceModel): unknown {
  const shape = model.shapes[shapeName]!
  switch (shape.type) {
    case 'structure': {
      const members: Record<string, unknown> = {}
      for (const [name, member] of Object.entries(shape.members)) {
        const child = tree.children.get(formName(name, member))
        if (child) members[name] = readEc2Form(child, member.shape, model)
      }
      return members
    }
    case 'list':
      return [...tree.children]
        .filter(([name]) => /^\d{1,9}$/.test(name))
        .sort(([a], [b]) => Number(a) - Number(b))
        .map(([, item]) => readEc2Form(item, shape.member, model))
    case 'map':
      return {}
    default: {
      const text = tree.value ?? ''
      return parseScalar(text, shape) ?? text
    }
  }
}

function formName(name: string, { locationName = name, queryName }: Member): string {
  return queryName ?? locationName.slice(0, 1).toUpperCase() + locationName.slice(1)
}
