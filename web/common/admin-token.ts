/** Kept for this tab only. */
const STORED = "tickroom.admin-token";

export function rememberedAdminToken(): string {
  return sessionStorage.getItem(STORED) ?? "";
}

export function rememberAdminToken(token: string): void {
  sessionStorage.setItem(STORED, token);
}
