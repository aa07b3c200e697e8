import { z } from 'zod';

/** The name of a model, as the model service knows it. */
export const ModelName = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'a name without spaces, such as claude-opus-4-5');
