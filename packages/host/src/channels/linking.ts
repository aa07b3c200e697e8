/** How far it is with linking this device to the phone. */
export type Linking =
  | { readonly phase: 'not-linked'; readonly problem?: string }
  | { readonly phase: 'asking' }
  /** To be shown as a QR code; another one follows when nobody has read it for a while. */
  | { readonly phase: 'qr'; readonly qr: string }
  /** To be typed into the phone. */
  | { readonly phase: 'code'; readonly code: string }
  | { readonly phase: 'linked'; readonly number: string };

/** A wish to be linked: with a phone number by a code to type, without by a QR code. */
export interface LinkWish {
  /** With country code, digits only. */
  readonly phoneNumber?: string;
}
