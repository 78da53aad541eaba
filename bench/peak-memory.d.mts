export declare function peakMegabytes(): number;
