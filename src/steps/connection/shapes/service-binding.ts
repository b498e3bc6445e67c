// The Secret in the shape of the Service Binding specification. https://github.com/servicebinding/spec#provisioned-service
import { bindingSecretName } from '../../../model/names.ts'
import { bindingTypeOf, serviceBindingOf } from '../../../targets/service-binding.ts'
import { targetTypeOf } from '../credentials.ts'
import type { Shape } from './part.ts'

export const serviceBinding: Shape = (self) => {
  if (self.shape === undefined) return []
  const target = targetTypeOf(self)
  return [
    {
      kind: 'Secret',
      name: bindingSecretName(self.name),
      type: `servicebinding.io/${bindingTypeOf(target)}`,
      data: (known, credentials) => serviceBindingOf(target, self, known, credentials),
    },
  ]
}
