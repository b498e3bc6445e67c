// How the formats of connection strings write a value that has a meaning of its own in them. Plain values stay as they are, which is how Azure Service
// Connector writes all of them.

/** `Key=Value;`: https://learn.microsoft.com/dotnet/framework/data/adonet/connection-string-syntax#use-of-connection-string-values */
export const adoValue = (value: string): string => (/^[^\s;'"=]+$/.test(value) ? value : `"${value.replaceAll('"', '""')}"`)

/** `key=value `: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
export const libpqValue = (value: string): string =>
  /^[^\s'\\]+$/.test(value) ? value : `'${value.replaceAll(/['\\]/g, (one) => `\\${one}`)}'`

/** `key=value;` of Microsoft's JDBC driver: https://learn.microsoft.com/sql/connect/jdbc/building-the-connection-url#escaping-values-in-the-connection-url */
export const jdbcValue = (value: string): string => (/^[^;{}\s]+$/.test(value) ? value : `{${value.replaceAll('}', '}}')}}`)

/** In quotes, as Java's StreamTokenizer reads them: https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/io/StreamTokenizer.html */
const jaasValue = (value: string): string =>
  `'${value
    .replaceAll(/['\\]/g, (one) => `\\${one}`)
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')}'`
/** https://docs.confluent.io/platform/current/security/authentication/sasl/plain/overview.html */
export const jaasLogin = (user: string, password: string): string =>
  `org.apache.kafka.common.security.plain.PlainLoginModule required username=${jaasValue(user)} password=${jaasValue(password)};`

/** A part of a URL, anywhere in it. */
export const urlPart = (value: string): string => encodeURIComponent(value)
/** A value in the query of a URL, where `@` has no meaning. */
export const queryPart = (value: string): string => urlPart(value).replaceAll('%40', '@')
