// The storage account that Flux reads from. Types only.

/** `etag`: without quotes. */
export type Blob = { readonly name: string; readonly etag: string }

/** All methods throw `Failure`. */
export interface Blobs {
  /** All blobs of a container. `undefined`: there is no such container. */
  list(container: string): Promise<readonly Blob[] | undefined>
  /** JSON. `undefined`: there is no such blob. */
  read(container: string, name: string): Promise<unknown>
  /** `etag`: of the blob that it replaces. Absent: there must be none yet. */
  write(container: string, name: string, content: object, etag?: string): Promise<void>
  /** Removing what does not exist is not an error. */
  remove(container: string, name: string, etag: string): Promise<void>
  /** `going`: one of this name is still being deleted. One that exists stays as it is. */
  make(container: string): Promise<'there' | 'going'>
  /** With all blobs in it. Dropping what does not exist is not an error. */
  drop(container: string): Promise<void>
}
