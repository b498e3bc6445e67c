// Who declared a connection or changed it, as `systemData` of ARM says it. Only an object id: names and addresses of people are never stored.
// https://learn.microsoft.com/rest/api/servicelinker/linker/get#systemdata
export type AuthorType = 'User' | 'Application'

/** `by`: an object id of Microsoft Entra ID. */
export type Author = { readonly by: string; readonly type: AuthorType }

/** Absent: a tag or a policy did, whose author is not known. */
export type Authors = { readonly created?: Author; readonly modified?: Author }
