import { testEachFeature } from './each-feature.ts';

testEachFeature(0);
