import { ITEM_CODES } from '@fashionmatch/domain';
import { z } from 'zod';

/** How a coordinator says what is wrong with an image that a worker asks for. */
export const imageFault = z.object({ code: z.enum(ITEM_CODES), message: z.string().min(1).max(1_000) });

export type ImageFault = z.output<typeof imageFault>;

/** The status of an answer that is an {@link ImageFault}. */
export const FAULT_STATUS = 422;
