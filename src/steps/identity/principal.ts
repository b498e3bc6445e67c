// The principal of Entra ID that an identity's loop is of: a service principal is one by its id, a managed identity tells it once it is read.
import { servicePrincipalOf } from '../../model/service-principal.ts'
import type { View } from '../../model/view.ts'

export const principalOf = (view: View<'identity'>): string | undefined => servicePrincipalOf(view.loop) ?? view.facts.principalId
