// What can be done with the objects of a kind that loops own, whatever the client has for it.
import type { Found } from './manifest.ts'
import type { V1ObjectMeta } from './sdk.ts'

export type Place = { readonly name: string; readonly namespace: string }
type Patch = Place & { readonly body: object; readonly fieldManager: string; readonly force: boolean }
type Removal = Place & { readonly body: object }
export type Operations = {
  /** `whole`: with its values, where it has any. */
  read(at: Place, whole: boolean): Promise<Found>
  patch(options: Patch): Promise<{ readonly httpStatusCode: number; readonly data: { readonly metadata?: V1ObjectMeta } }>
  remove(options: Removal): Promise<unknown>
}
