// App settings that are missing or wrong: nothing works until they are set.

/** The message says how to write each setting, for the log. `settings` are their names, which anybody may see; no value is in either. */
export class SettingsError extends Error {
  readonly settings: readonly string[]
  constructor(problems: readonly { readonly setting: string; readonly wrong: string }[]) {
    super(`The app settings are not complete:\n  ${problems.map(({ setting, wrong }) => `${setting} ${wrong}`).join('\n  ')}`)
    this.settings = [...new Set(problems.map(({ setting }) => setting))]
  }
}
