namespace Microsoft.ML.Diffusion.Compute.Torch;

/// <summary>
/// Functions of TorchScript: operations of torch that TorchSharp has no method for, and primitives of several operations, which are then
/// one call for the host.
/// </summary>
/// <remarks>
/// A mistake in the text ends the process when it is compiled, so it is fixed, and a test compiles it. What fails when it runs is an
/// ordinary exception.
/// </remarks>
internal sealed class Scripts
{
    private const string Text = """
        def clear(x: List[Tensor]) -> Tensor:
            torch._foreach_zero_(x)
            return x[0]

        def norms(x: List[Tensor], dtype: int) -> Tensor:
            return torch.stack(torch._foreach_norm(x, 2.0, dtype=dtype))

        def lerp(x: List[Tensor], y: List[Tensor], weight: float) -> Tensor:
            torch._foreach_lerp_(x, y, weight)
            return x[0]

        def adamw(w: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], step: Tensor, rate: float, beta1: float,
                  beta2: float, decay: float, epsilon: float, divisor: Tensor) -> Tensor:
            steps: List[Tensor] = []
            for i in range(len(w)):
                steps.append(step)
            torch._fused_adamw_(w, g, m, v, [], steps, lr=rate, beta1=beta1, beta2=beta2, weight_decay=decay, eps=epsilon,
                                amsgrad=False, maximize=False, grad_scale=divisor)
            return w[0]

        def add_layer_norm(a: Tensor, b: Optional[Tensor], weight: Tensor, bias: Optional[Tensor], epsilon: float,
                           dtype: int) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
            sum = a.to(6)
            if b is not None:
                sum = sum + b
            y, mean, inverse = torch.native_layer_norm(sum, [sum.size(1)], weight, bias, epsilon)
            return sum, y.to(dtype), mean, inverse

        def layer_norm_backward(dy: Tensor, x: Tensor, mean: Tensor, inverse: Tensor, weight: Tensor, bias: Optional[Tensor],
                                dweight: Optional[Tensor], dbias: Optional[Tensor]) -> Tensor:
            dx, of_weight, of_bias = torch.native_layer_norm_backward(
                dy.to(6), x.to(6), [x.size(1)], mean, inverse, weight, bias,
                [True, dweight is not None, dbias is not None])
            if dweight is not None:
                dweight.add_(of_weight)
            if dbias is not None:
                dbias.add_(of_bias)
            return dx

        def add_product(sum: Tensor, a: Tensor, b: Tensor):
            if sum.dtype == a.dtype:
                sum.addmm_(a, b)
            else:
                sum.add_(torch.mm(a, b))

        def weight_backward(x: Tensor, dy: Tensor, dweight: Optional[Tensor], dbias: Optional[Tensor]) -> Tensor:
            if dweight is not None:
                add_product(dweight, dy.t(), x)
            if dbias is not None:
                dbias.add_(torch.sum(dy, [0], dtype=6))
            return dy

        def linear_backward(x: Tensor, weight: Tensor, dy: Tensor, dweight: Optional[Tensor], dbias: Optional[Tensor],
                            dx: Optional[Tensor]) -> Tensor:
            weight_backward(x, dy, dweight, dbias)
            if dx is not None:
                add_product(dx, dy, weight)
                return dx
            return torch.mm(dy, weight)

        def rectangle(x: Tensor, places: Optional[Tensor], count: int, longest: int) -> Tensor:
            if places is None:
                return x.view([count, longest, x.size(1)])
            return torch.zeros([count * longest, x.size(1)], dtype=x.dtype, device=x.device).index_copy_(0, places, x).view(
                [count, longest, x.size(1)])

        def rows(x: Tensor, places: Optional[Tensor], count: int, longest: int) -> Tensor:
            flat = x.reshape([count * longest, -1])
            if places is None:
                return flat
            return flat.index_select(0, places)

        def sum_rows(x: Tensor, places: Optional[Tensor], count: int, longest: int) -> Tensor:
            return rectangle(x, places, count, longest).sum(1)

        def heads_of(qkv: Tensor, places: Optional[Tensor], count: int, longest: int, heads: int) -> Tuple[Tensor, Tensor, Tensor]:
            all = rectangle(qkv, places, count, longest).view([count, longest, 3, heads, -1]).permute([2, 0, 3, 1, 4])
            return all[0], all[1], all[2]

        def scores_of(q: Tensor, k: Tensor, mask: Optional[Tensor], scale: float) -> Tensor:
            scores = torch.matmul(q.to(6) * scale, k.to(6).transpose(-2, -1))
            if mask is not None:
                scores = scores.add_(mask)
            return scores

        def attend_only(qkv: Tensor, places: Optional[Tensor], count: int, longest: int, heads: int, mask: Optional[Tensor]) -> Tensor:
            q, k, v = heads_of(qkv, places, count, longest, heads)
            if mask is not None:
                mask = mask.to(q.dtype)
            return rows(torch.scaled_dot_product_attention(q, k, v, mask).permute([0, 2, 1, 3]), places, count, longest)

        def attend(qkv: Tensor, places: Optional[Tensor], count: int, longest: int, heads: int, scale: float, mask: Optional[Tensor],
                   keeps: Optional[Tensor]) -> Tuple[Tensor, Tensor]:
            q, k, v = heads_of(qkv, places, count, longest, heads)
            scores = scores_of(q, k, mask, scale)
            sums = torch.logsumexp(scores, [-1], True)
            p = scores.sub_(sums).exp_()
            if keeps is not None:
                p = p.mul_(keeps)
            y = torch.matmul(p.to(v.dtype), v)
            return (rows(y.permute([0, 2, 1, 3]), places, count, longest),
                    rows(sums.squeeze(-1).permute([0, 2, 1]), places, count, longest))

        def attend_backward(qkv: Tensor, places: Optional[Tensor], count: int, longest: int, heads: int, scale: float,
                            mask: Optional[Tensor], keeps: Optional[Tensor], y: Tensor, sums: Tensor,
                            dy: Tensor) -> Tuple[Tensor, Tensor]:
            q, k, v = heads_of(qkv, places, count, longest, heads)
            s = rectangle(sums, places, count, longest).permute([0, 2, 1]).unsqueeze(-1)
            g = rectangle(dy, places, count, longest).view([count, longest, heads, -1]).permute([0, 2, 1, 3])
            r = rectangle(y, places, count, longest).view([count, longest, heads, -1]).permute([0, 2, 1, 3])
            p = scores_of(q, k, mask, scale).sub_(s).exp_()
            wide = g.to(6)
            dp = torch.matmul(wide, v.to(6).transpose(-2, -1))
            kept = p
            if keeps is not None:
                dp = dp.mul_(keeps)
                kept = p * keeps
            dv = torch.matmul(kept.to(v.dtype).transpose(-2, -1), g.to(v.dtype))
            ds = dp.sub_((wide * r.to(6)).sum(-1, True)).mul_(p)
            scaled = (ds * scale).to(k.dtype)
            dqkv = torch.stack([torch.matmul(scaled, k), torch.matmul(scaled.transpose(-2, -1), q), dv], 0)
            return rows(dqkv.permute([1, 3, 0, 2, 4]), places, count, longest), ds

        def gelu_backward(dy: Tensor, x: Tensor) -> Tensor:
            return torch.gelu_backward(dy, x)

        def gelu_tanh_backward(dy: Tensor, x: Tensor) -> Tensor:
            return torch.gelu_backward(dy, x, approximate="tanh")

        def relu_backward(dy: Tensor, x: Tensor) -> Tensor:
            return torch.threshold_backward(dy, x, 0.0)

        def tanh_backward(dy: Tensor, y: Tensor) -> Tensor:
            return torch.tanh_backward(dy, y)

        def silu_backward(dy: Tensor, x: Tensor) -> Tensor:
            return torch.silu_backward(dy, x)

        def element_draws(rows: int, columns: int, like: Tensor, k0: int, k1: int, limit: int) -> Tensor:
            counters = torch.arange((rows * columns + 3) // 4, dtype=4, device=like.device)
            zero = torch.zeros_like(counters)
            keeps = philox(counters & 4294967295, counters >> 32, zero, zero, k0, k1, limit)
            return keeps.view([-1])[:rows * columns].view([rows, columns])

        def pair_draws(heads: int, longest: int, like: Tensor, k0: int, k1: int, limit: int, scale: float) -> Tensor:
            keys = torch.arange((longest + 3) // 4, dtype=4, device=like.device).view([1, 1, -1])
            queries = torch.arange(longest, dtype=4, device=like.device).view([1, -1, 1])
            of_heads = torch.arange(heads, dtype=4, device=like.device).view([-1, 1, 1])
            keeps = philox(keys, torch.zeros_like(keys), queries, of_heads, k0, k1, limit)
            return keeps.view([heads, longest, -1])[:, :, :longest].to(6) * scale

        def efficient(q: Tensor, k: Tensor, v: Tensor, bounds: Tensor, longest: int, scale: float,
                      dropout: float) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
            y, sums, seed, offset, a, b = torch._efficient_attention_forward(
                q, k, v, None, bounds, bounds, longest, longest, dropout, 0, True, scale=scale)
            return y, sums, seed, offset

        def efficient_backward(dy: Tensor, q: Tensor, k: Tensor, v: Tensor, y: Tensor, bounds: Tensor, longest: int, sums: Tensor,
                               scale: float, dropout: float, seed: Tensor, offset: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
            dq, dk, dv, none = torch._efficient_attention_backward(
                dy, q, k, v, None, y, bounds, bounds, longest, longest, sums, dropout, seed, offset, 0, False, scale=scale,
                num_splits_key=1)
            return dq, dk, dv

        def flash(q: Tensor, k: Tensor, v: Tensor, bounds: Tensor, longest: int, scale: float, dropout: float, before: int,
                  after: int) -> Tuple[Tensor, Tensor, Tensor, Tensor]:
            y, sums, state, unused, mask = torch._flash_attention_forward(
                q, k, v, bounds, bounds, longest, longest, dropout, False, False, scale=scale, window_size_left=before,
                window_size_right=after)
            return y, sums, state, unused

        def flash_backward(dy: Tensor, q: Tensor, k: Tensor, v: Tensor, y: Tensor, bounds: Tensor, longest: int, sums: Tensor,
                           scale: float, dropout: float, state: Tensor, unused: Tensor, before: int,
                           after: int) -> Tuple[Tensor, Tensor, Tensor]:
            return torch._flash_attention_backward(
                dy, q, k, v, y, sums, bounds, bounds, longest, longest, dropout, False, state, unused, scale=scale,
                window_size_left=before, window_size_right=after)

        """;

    private static readonly Lazy<Scripts> s_compiled = new(() => new Scripts());

    private readonly jit.CompilationUnit _unit = jit.compile(Philox10() + Text);

    /// <summary>The functions, compiled once a process.</summary>
    public static Scripts Compile() => s_compiled.Value;

    /// <summary>Sets all elements to zero.</summary>
    public void Clear(TorchTensor[] x) => Run("clear", [x]).Dispose();

    /// <summary>The Euclidean norm of each, [count].</summary>
    public TorchTensor Norms(TorchTensor[] x, ScalarType type) => Run("norms", x, (int)type);

    /// <summary>x += weight · (y − x).</summary>
    public void Lerp(TorchTensor[] x, TorchTensor[] y, double weight)
    {
        using Scalar number = weight;
        Run("lerp", x, y, number).Dispose();
    }

    /// <summary>One AdamW step in one call; the gradients are scaled in place.</summary>
    public void AdamW(TorchTensor[] w, TorchTensor[] gradients, TorchTensor[] first, TorchTensor[] second, in AdamWStep step,
        Device device)
    {
        // torch counts steps and computes 1 − βᵗ; a correction of 1 is that of a step without end.
        double steps = step.Correction2 < 1 ? Math.Round(Math.Log(1 - step.Correction2) / Math.Log(step.Beta2))
            : step.Correction1 < 1 ? Math.Round(Math.Log(1 - step.Correction1) / Math.Log(step.Beta1)) : float.MaxValue;
        using Scalar rate = step.Rate, beta1 = step.Beta1, beta2 = step.Beta2, decay = step.WeightDecay, epsilon = step.Epsilon;
        using TorchTensor count = torch.full([], steps, ScalarType.Float32, device);
        using TorchTensor divisor = torch.full([], 1 / step.GradientScale, ScalarType.Float32, device);
        Run("adamw", w, gradients, first, second, count, rate, beta1, beta2, decay, epsilon, divisor).Dispose();
    }

    /// <summary>The backward of an activation function, element by element.</summary>
    /// <param name="activation">The function.</param>
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="x">The input.</param>
    public TorchTensor ActivateBackward(Activation activation, TorchTensor dy, TorchTensor x) => activation switch
    {
        Activation.Gelu => Run("gelu_backward", dy, x),
        Activation.GeluTanh => Run("gelu_tanh_backward", dy, x),
        Activation.Relu => Run("relu_backward", dy, x),
        Activation.Tanh => Run("tanh_backward", dy, x.tanh()),
        Activation.Silu => Run("silu_backward", dy, x),
        _ => dy.clone(),
    };

    /// <summary>Which elements of a tensor dropout keeps, by the words that the seam names, [rows × columns].</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="like">A tensor on the device.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="limit">The least word that keeps.</param>
    public TorchTensor ElementDraws(int rows, int columns, TorchTensor like, ulong key, long limit)
    {
        using Scalar k0 = (long)(uint)key, k1 = (long)(key >> 32), least = limit;
        return Run("element_draws", rows, columns, like, k0, k1, least);
    }

    /// <summary>Of attention: a scale for each query and key that dropout keeps, else 0, [heads × longest × longest].</summary>
    public TorchTensor PairDraws(int heads, int longest, TorchTensor like, ulong key, long limit, double scale)
    {
        using Scalar k0 = (long)(uint)key, k1 = (long)(key >> 32), least = limit, factor = scale;
        return Run("pair_draws", heads, longest, like, k0, k1, least, factor);
    }

    /// <summary>
    /// Whether the four words of <see cref="Philox.Words"/> are at least a limit, [… × 4], for counters of shapes that broadcast: Philox's
    /// ten rounds, on 32-bit numbers in int64, whose products wrap; written out, so that a compiler for GPUs can make one kernel
    /// of them. (Hexadecimal numbers with an E are read as floating-point.)
    /// </summary>
    private static string Philox10()
    {
        const string Round = """
                p = x * 3528531795
                q = z * 3449720151
                x = ((q >> 32) & 4294967295) ^ y ^ k0
                y = q & 4294967295
                z = ((p >> 32) & 4294967295) ^ w ^ k1
                w = p & 4294967295
                k0 = (k0 + 2654435769) & 4294967295
                k1 = (k1 + 3144134277) & 4294967295

            """;
        return $"""
            def philox(x: Tensor, y: Tensor, z: Tensor, w: Tensor, k0: int, k1: int, limit: int) -> Tensor:
            {string.Concat(Enumerable.Repeat(Round, 10))}    return torch.stack([x >= limit, y >= limit, z >= limit, w >= limit], -1)


            """;
    }

    /// <summary>Calls a function that returns one tensor.</summary>
    public TorchTensor Run(string function, params object?[] arguments) => (TorchTensor)_unit.invoke(function, arguments!);

    /// <summary>Calls a function that returns two.</summary>
    public (TorchTensor, TorchTensor) RunTwo(string function, params object?[] arguments) =>
        ((TorchTensor, TorchTensor))_unit.invoke(function, arguments!);

    /// <summary>Calls a function that returns three.</summary>
    public (TorchTensor, TorchTensor, TorchTensor) RunThree(string function, params object?[] arguments) =>
        ((TorchTensor, TorchTensor, TorchTensor))_unit.invoke(function, arguments!);

    /// <summary>Calls a function that returns four.</summary>
    public (TorchTensor, TorchTensor, TorchTensor, TorchTensor) RunFour(string function, params object?[] arguments) =>
        ((TorchTensor, TorchTensor, TorchTensor, TorchTensor))_unit.invoke(function, arguments!);
}
