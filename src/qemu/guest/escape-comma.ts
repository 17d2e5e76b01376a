/** For options of QEMU that take no JSON: they end a value at a comma, unless it is written twice. */
export function escapeComma(value: string): string {
  return value.replaceAll(',', ',,');
}
