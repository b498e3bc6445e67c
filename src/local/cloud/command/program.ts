// What a command of the shell is: types only.
export type Output = { readonly exit: number; readonly out: string; readonly err: string }
export type Program = (args: readonly string[], input: string) => Promise<Output>
