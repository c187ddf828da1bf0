namespace Alvara
{
    /// <summary>How busy the machine is, in percent. What is null is not told.</summary>
    public sealed class Metrics
    {
        /// <summary>Of all processors.</summary>
        public double? CpuPercent { get; set; }

        /// <summary>Of the memory.</summary>
        public double? MemoryPercent { get; set; }

        /// <summary>Of the disk.</summary>
        public double? DiskPercent { get; set; }
    }
}
